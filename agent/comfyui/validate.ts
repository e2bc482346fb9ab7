import { FILE_INPUTS, MODEL_FOLDERS } from "../../shared/runners/loaders.ts";
import type { Workflow } from "../../shared/runners/manifest.ts";

/** ComfyUI's own checks of a prompt, as 0.3.64 makes them: what it would answer to `POST /prompt`, without asking it. */

export interface ClassInfo {
  input: {
    required?: Record<string, [unknown, Record<string, unknown>?]>;
    optional?: Record<string, [unknown, Record<string, unknown>?]>;
  };
  output: unknown[];
  output_node: boolean;
}
export type ObjectInfo = Record<string, ClassInfo>;

interface Fault {
  type: string;
  message: string;
  details: string;
  extra_info: Record<string, unknown>;
}
export interface Verdict {
  error: Fault | null;
  node_errors: Record<string, { errors: Fault[]; dependent_outputs: string[]; class_type: string }>;
  /** Output nodes that are good. */
  outputs: string[];
}

export interface Installed {
  objectInfo: ObjectInfo;
  /** File names by models folder. */
  models: Record<string, string[]>;
  /** Names that were uploaded. */
  uploads: ReadonlySet<string>;
  /** A version with `missing_node_type`. */
  current: boolean;
}

export function validate(prompt: Workflow, installed: Installed): Verdict {
  const verdict: Verdict = { error: null, node_errors: {}, outputs: [] };
  for (const [id, node] of Object.entries(prompt)) {
    if (installed.objectInfo[node.class_type]) continue;
    const message = installed.current
      ? `Node '${node._meta?.title ?? node.class_type}' not found. The custom node may not be installed.`
      : `Cannot execute because node ${node.class_type} does not exist.`;
    verdict.error = fault(
      installed.current ? "missing_node_type" : "invalid_prompt",
      message,
      `Node ID '#${id}'`,
    );
    return verdict;
  }
  const outputs = Object.keys(prompt).filter((id) =>
    installed.objectInfo[prompt[id]!.class_type]!.output_node
  );
  if (outputs.length === 0) {
    verdict.error = fault("prompt_no_outputs", "Prompt has no outputs", "");
    return verdict;
  }
  for (const output of outputs) {
    const faulty = upstream(prompt, output).filter((id) => {
      const errors = faultsOf(prompt, id, installed);
      if (errors.length === 0) return false;
      const known = verdict.node_errors[id] ??= {
        errors,
        dependent_outputs: [],
        class_type: prompt[id]!.class_type,
      };
      known.dependent_outputs.push(output);
      return true;
    });
    if (faulty.length === 0) verdict.outputs.push(output);
  }
  if (verdict.outputs.length === 0) {
    verdict.error = fault("prompt_outputs_failed_validation", "Prompt outputs failed validation", "");
  }
  return verdict;
}

/** A node and all that it needs, needed ones first. */
export function upstream(prompt: Workflow, id: string, seen: string[] = []): string[] {
  for (const value of Object.values(prompt[id]?.inputs ?? {})) {
    if (Array.isArray(value) && !seen.includes(String(value[0]))) upstream(prompt, String(value[0]), seen);
  }
  if (!seen.includes(id)) seen.push(id);
  return seen;
}

function faultsOf(prompt: Workflow, id: string, installed: Installed): Fault[] {
  const node = prompt[id];
  if (!node) return [fault("exception_during_validation", "Exception when validating node", `'${id}'`)];
  const info = installed.objectInfo[node.class_type]!.input;
  const faults: Fault[] = [];
  for (const [name, [type, options]] of Object.entries({ ...info.required, ...info.optional })) {
    const value = node.inputs[name];
    if (value === undefined) {
      if (name in (info.required ?? {})) {
        faults.push(fault("required_input_missing", "Required input is missing", name));
      }
      continue;
    }
    if (Array.isArray(value)) {
      if (!prompt[String(value[0])]) {
        faults.push(
          fault("exception_during_validation", "Exception when validating inner node", `'${value[0]}'`),
        );
        continue;
      }
      const given = installed.objectInfo[prompt[String(value[0])]!.class_type]!.output[Number(value[1])];
      if (typeof type === "string" && type !== "*" && given !== type) {
        faults.push(
          fault("return_type_mismatch", "Return type mismatch between linked nodes", `${name}, ${given}`),
        );
      }
      continue;
    }
    if (typeof type === "string" && /^[A-Z]+$/.test(type) && !VALUES.has(type)) {
      faults.push(fault("bad_linked_input", "Bad linked input, must be a length-2 list", name));
      continue;
    }
    const folder = MODEL_FOLDERS[`${node.class_type}.${name}`];
    const choices = folder
      ? installed.models[folder] ?? []
      : name === FILE_INPUTS[node.class_type]?.input
      ? null
      : Array.isArray(type)
      ? type
      : type === "COMBO"
      ? options?.options as unknown[]
      : null;
    if (choices && !choices.includes(value)) {
      faults.push(
        fault(
          "value_not_in_list",
          "Value not in list",
          `${name}: '${value}' not in ${JSON.stringify(choices)}`,
        ),
      );
    }
    if (type === "INT" && !Number.isInteger(value)) {
      faults.push(
        fault("invalid_input_type", "Failed to convert an input value to a INT value", `${name}, ${value}`),
      );
    }
    if (typeof value === "number" && typeof options?.max === "number" && value > options.max) {
      faults.push(fault("value_bigger_than_max", `Value ${value} bigger than max of ${options.max}`, name));
    }
    if (typeof value === "number" && typeof options?.min === "number" && value < options.min) {
      faults.push(fault("value_smaller_than_min", `Value ${value} smaller than min of ${options.min}`, name));
    }
  }
  const upload = FILE_INPUTS[node.class_type];
  if (upload && !installed.uploads.has(String(node.inputs[upload.input]))) {
    faults.push(
      fault(
        "custom_validation_failed",
        "Custom validation failed for node",
        `${upload.input} - Invalid ${upload.type === "mask" ? "image" : upload.type} file: ${
          node.inputs[upload.input]
        }`,
      ),
    );
  }
  return faults;
}

const VALUES = new Set(["INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"]);

function fault(type: string, message: string, details: string): Fault {
  return { type, message, details, extra_info: {} };
}
