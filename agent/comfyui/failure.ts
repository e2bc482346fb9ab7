import { JobFailure } from "../lease/executor.ts";
import type { NotAccepted } from "./client.ts";
import type { ExecutionError, HistoryEntry, NodeErrors, NodeFault } from "./replies.ts";
import { ExecutionError as ExecutionErrorSchema } from "./replies.ts";

/** ComfyUI's errors as the studio's: a class and a sentence. */

/** A prompt that was not accepted, or only in part. */
export function refusalFailure({ error, nodeErrors }: NotAccepted): JobFailure {
  const faults = Object.entries(nodeErrors).flatMap(([id, node]) =>
    node.errors.map((fault) => ({ id, classType: node.class_type, fault }))
  );
  const detail = JSON.stringify(
    { error, node_errors: nodeErrors } satisfies { error: unknown; node_errors: NodeErrors },
  );
  const missing = faults.find(({ fault }) => fault.type === "value_not_in_list");
  if (missing) {
    return new JobFailure(
      "agent",
      `This agent's ComfyUI does not have what the runner names: ${
        said(missing.fault)
      } (${missing.classType}). ` +
        `Install the file, or let another agent make it.`,
      { detail },
    );
  }
  if (error?.type === "missing_node_type" || /does not exist/i.test(error?.message ?? "")) {
    return new JobFailure(
      "agent",
      `This agent's ComfyUI lacks a node that the runner needs: ${
        said(error!)
      } Update ComfyUI or install the pack.`,
      { detail },
    );
  }
  const upload = faults.find(({ fault }) => fault.type === "custom_validation_failed");
  if (upload) {
    return new JobFailure(
      "transient",
      `ComfyUI did not find a file that was given to it: ${said(upload.fault)}.`,
      {
        detail,
      },
    );
  }
  const first = faults[0];
  const why = first
    ? `${said(first.fault)} (${first.classType} "${first.id}")`
    : error
    ? said(error)
    : "it gave no reason";
  return new JobFailure("invalid", `ComfyUI did not accept the job: ${why}.`, { detail });
}

function said(fault: NodeFault): string {
  return [fault.message, fault.details].filter((text) => text.trim() !== "").join(" - ").trim()
    .replace(/\.$/, "").slice(0, 600) || fault.type;
}

/** What went wrong with a prompt that ended; null when nothing did. */
export function historyFailure(entry: HistoryEntry): JobFailure | null {
  const messages = entry.status?.messages ?? [];
  const failed = messages.find(([type]) => type === "execution_error");
  if (failed) return executionFailure(ExecutionErrorSchema.parse(failed[1]));
  if (messages.some(([type]) => type === "execution_interrupted")) {
    return new JobFailure("transient", "Somebody interrupted the job at the agent's own ComfyUI.");
  }
  if (entry.status?.status_str === "error") {
    return new JobFailure("agent", "ComfyUI says that the job failed, and not why.", {
      detail: JSON.stringify(messages).slice(0, 4000),
    });
  }
  return null;
}

const OUT_OF_MEMORY =
  /out of memory|ran out of memory on your GPU|Allocation on device|CUDA_ERROR_OUT_OF_MEMORY|not enough memory/i;

/** Memory of the machine, not of the card: Python's, PyTorch's and the system's words for it. */
const OUT_OF_RAM = /^(builtins\.)?MemoryError\b|DefaultCPUAllocator|Cannot allocate memory|Errno 12\b/i;

/**
 * The driver or the card is gone, whatever is asked of it. A device-side assert is a kernel that was given wrong values, so the work's
 * own doing.
 */
const DRIVER_LOST =
  /no CUDA-capable device|CUDA driver (initialization failed|error)|GPU is lost|fallen off the bus|uncorrectable ECC|CUDA error: (unknown error|unspecified launch failure|an illegal memory access|initialization error|device not ready|all CUDA-capable devices are busy)|CUDNN_STATUS_NOT_INITIALIZED|No HIP GPUs are available|HIP error: (unspecified|unknown)/i;

export function isOutOfMemory(error: ExecutionError): boolean {
  return error.exception_type.endsWith("OutOfMemoryError") || OUT_OF_MEMORY.test(error.exception_message);
}

export function executionFailure(error: ExecutionError): JobFailure {
  const detail = [`${error.exception_type}: ${error.exception_message}`, ...error.traceback].join("\n").slice(
    -12_000,
  );
  const where = error.node_type ? ` in ${error.node_type}` : "";
  const message = firstLine(error.exception_message) || error.exception_type || "no reason given";
  if (isOutOfMemory(error)) {
    if (OUT_OF_RAM.test(`${error.exception_type}: ${error.exception_message}`)) {
      return new JobFailure("oom", `The machine ran out of main memory${where}.`, {
        detail,
        fault: "memory",
      });
    }
    return new JobFailure("oom", `The card ran out of memory${where}.`, { detail });
  }
  if (/No space left on device|Errno 28/i.test(error.exception_message)) {
    return new JobFailure("agent", `The disk of the agent's ComfyUI is full${where}. Free some space.`, {
      detail,
      fault: "disk",
    });
  }
  if (OUT_OF_RAM.test(`${error.exception_type}: ${error.exception_message}`)) {
    return new JobFailure("agent", `The machine ran out of main memory${where}.`, {
      detail,
      fault: "memory",
    });
  }
  if (DRIVER_LOST.test(error.exception_message)) {
    return new JobFailure(
      "agent",
      `The graphics driver of this machine does not answer any more${where}: ${message}. Restart ComfyUI, or the machine.`,
      { detail, fault: "driver" },
    );
  }
  if (
    /deserializing header|InvalidHeader|MetadataIncompleteBuffer|PytorchStreamReader|UnpicklingError/i.test(
      detail,
    )
  ) {
    return new JobFailure(
      "agent",
      `A model file of the agent's ComfyUI is damaged${where}; download it again. ${message}`,
      { detail },
    );
  }
  // Values that no card would take: trying again elsewhere is no use.
  if (
    /^(builtins\.)?(ValueError|AssertionError|ZeroDivisionError)$|^av\.error\./.test(error.exception_type)
  ) {
    return new JobFailure("invalid", `ComfyUI cannot make this${where}: ${message}.`, { detail });
  }
  return new JobFailure("agent", `ComfyUI failed${where}: ${message}.`, { detail });
}

/** ComfyUI's own messages are framed in asterisks, and end in a full stop or don't. */
function firstLine(message: string): string {
  return message.trim().split("\n")[0]!.replace(/^\*+\s*(ERROR:)?\s*/, "").replace(/\.+$/, "").slice(0, 400);
}
