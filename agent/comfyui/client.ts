import { basename } from "@std/path";
import { z } from "zod";
import type { Workflow } from "../../shared/runners/manifest.ts";
import {
  Accepted,
  Features,
  History,
  type HistoryEntry,
  type NodeErrors,
  ObjectInfo,
  type OutputEntry,
  Printed,
  Queue,
  Refusal,
  SystemStats,
  Uploaded,
} from "./replies.ts";

/**
 * ComfyUI did not do as asked. `unreachable`: nothing listens; `silent`: no answer in time; `refused`: 4xx, asking
 * again is no use; `failed`: 5xx; `odd`: an answer that is none of ComfyUI's.
 */
export class ComfyError extends Error {
  override name = "ComfyError";
  readonly code: "unreachable" | "silent" | "refused" | "failed" | "odd";
  readonly status: number | null;
  constructor(code: ComfyError["code"], message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status ?? null;
  }
}

export interface Submission {
  prompt: Workflow;
  /** A lower-case UUID of our own, so that the prompt can be found again when the answer is lost. */
  promptId: string;
  clientId: string;
}

/** 400, or 200 with errors of nodes. */
export interface NotAccepted {
  accepted: false;
  error: Refusal["error"] | null;
  nodeErrors: NodeErrors;
}

export interface ComfyOptions {
  /** `http://127.0.0.1:8188` */
  url: string;
  /** Milliseconds for an answer that needs no work. Default 10,000. */
  timeoutMs?: number;
}

interface Call {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

export type ComfyClient = ReturnType<typeof createComfyClient>;

/** ComfyUI's HTTP face. Deno's fetch sends no Origin, which ComfyUI would compare with its own. */
export function createComfyClient({ url, timeoutMs = 10_000 }: ComfyOptions) {
  const base = url.replace(/\/+$/, "");

  /** Rejects with ComfyError; with the signal's reason when it is the caller's that was aborted. */
  async function send(path: string, init: RequestInit = {}, call: Call = {}): Promise<Response> {
    const limit = AbortSignal.timeout(call.timeoutMs ?? timeoutMs);
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
    try {
      return await fetch(`${base}${path}`, { ...init, signal, redirect: "error" });
    } catch (cause) {
      throw translated(path, cause, call, limit);
    }
  }

  function translated(path: string, cause: unknown, call: Call, limit: AbortSignal): unknown {
    if (call.signal?.aborted) return call.signal.reason;
    if (cause instanceof ComfyError) return cause;
    if (limit.aborted) {
      return new ComfyError("silent", `ComfyUI at ${base} does not answer (${path}).`, { cause });
    }
    return new ComfyError("unreachable", `ComfyUI at ${base} cannot be reached (${path}).`, { cause });
  }

  async function json<T>(
    path: string,
    schema: z.ZodType<T>,
    init: RequestInit = {},
    call: Call = {},
  ): Promise<T> {
    const response = await good(path, init, call);
    return await parsed(path, schema, response);
  }

  async function parsed<T>(path: string, schema: z.ZodType<T>, response: Response): Promise<T> {
    let value: unknown;
    try {
      // Custom nodes write NaN and Infinity, which Python's json lets through.
      value = parseLoosely(await response.text());
    } catch (cause) {
      throw new ComfyError("odd", `${base}${path} does not answer as ComfyUI does.`, { cause });
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw new ComfyError("odd", `${base}${path} answers something this agent does not understand.`, {
      cause: result.error,
    });
  }

  async function good(path: string, init: RequestInit = {}, call: Call = {}): Promise<Response> {
    const response = await send(path, init, call);
    if (response.ok) return response;
    const text = (await response.text().catch(() => "")).slice(0, 500);
    throw new ComfyError(
      response.status >= 500 ? "failed" : "refused",
      `ComfyUI answered ${response.status} to ${path}. ${text}`.trim(),
      { status: response.status },
    );
  }

  async function post(path: string, body: unknown, call: Call): Promise<void> {
    const response = await good(path, asJson(body), call);
    await response.body?.cancel();
  }

  return {
    url: base,

    systemStats: (call: Call = {}) => json("/system_stats", SystemStats, {}, call),
    /** What its terminal shows, oldest first; the last few hundred pieces. Its own interface reads it here. */
    async printed(call: Call = {}): Promise<{ at: string; text: string }[]> {
      const { entries } = await json("/internal/logs/raw", Printed, {}, call);
      return entries.map(({ t, m }) => ({ at: t, text: m }));
    },
    features: (call: Call = {}) => json("/features", Features, {}, call),
    /** 320 KB with core nodes alone, more than 10 MB with many packs. */
    objectInfo: (call: Call = {}) => json("/object_info", ObjectInfo, {}, { timeoutMs: 60_000, ...call }),

    /** Names of the files in a models folder, `sub/x.safetensors` below it; none for a folder it does not know. */
    async models(folder: string, call: Call = {}): Promise<string[]> {
      try {
        return await json(`/models/${encodeURIComponent(folder)}`, z.array(z.string()), {}, call);
      } catch (error) {
        if (error instanceof ComfyError && error.status === 404) return [];
        throw error;
      }
    },

    /** Puts a file into ComfyUI's input folder; the name to write in a prompt. */
    async upload(path: string, name: string, subfolder: string, call: Call = {}): Promise<string> {
      const form = new FormData();
      form.set("image", new File([await Deno.readFile(path)], basename(name)));
      form.set("type", "input");
      form.set("subfolder", subfolder);
      const at = await json("/upload/image", Uploaded, { method: "POST", body: form }, {
        timeoutMs: 300_000,
        ...call,
      });
      // Another file of that name makes it "in (1).png": only the answer knows.
      return at.subfolder ? `${at.subfolder}/${at.name}` : at.name;
    },

    async submit(
      { prompt, promptId, clientId }: Submission,
      call: Call = {},
    ): Promise<{ accepted: true } | NotAccepted> {
      const path = "/prompt";
      const response = await send(path, asJson({ prompt, prompt_id: promptId, client_id: clientId }), {
        timeoutMs: 60_000,
        ...call,
      });
      if (response.status === 400) {
        const { error, node_errors } = await parsed(path, Refusal, response);
        return { accepted: false, error, nodeErrors: node_errors };
      }
      if (!response.ok) {
        await response.body?.cancel();
        throw new ComfyError(
          response.status >= 500 ? "failed" : "refused",
          response.status === 413
            ? "The job is larger than this ComfyUI takes (--max-upload-size)."
            : `ComfyUI answered ${response.status} to ${path}.`,
          { status: response.status },
        );
      }
      const { node_errors } = await parsed(path, Accepted, response);
      return Object.keys(node_errors).length === 0
        ? { accepted: true }
        : { accepted: false, error: null, nodeErrors: node_errors };
    },

    /** Where a prompt is: null when it is neither waiting nor running. */
    async place(promptId: string, call: Call = {}): Promise<{ running: boolean; before: number } | null> {
      const queue = await json("/queue", Queue, {}, call);
      if (queue.queue_running.some(([, id]) => id === promptId)) return { running: true, before: 0 };
      const mine = queue.queue_pending.find(([, id]) => id === promptId);
      if (!mine) return null;
      const ahead = queue.queue_pending.filter(([number]) => number < mine[0]).length;
      return { running: false, before: ahead + queue.queue_running.length };
    },

    /** Null until it has ended; also for a prompt it never heard of, or forgot when it restarted. */
    async history(promptId: string, call: Call = {}): Promise<HistoryEntry | null> {
      return (await json(`/history/${promptId}`, History, {}, call))[promptId] ?? null;
    },

    /** Current versions only: cancels a waiting or running prompt without a race; null where there is no such route. */
    async cancelJob(promptId: string, call: Call = {}): Promise<boolean | null> {
      const path = `/api/jobs/${promptId}/cancel`;
      const response = await send(path, { method: "POST" }, call);
      if (!response.ok) {
        await response.body?.cancel();
        return null;
      }
      return (await parsed(path, z.object({ cancelled: z.boolean().default(true) }), response)).cancelled;
    },
    deleteQueued: (promptId: string, call: Call = {}) => post("/queue", { delete: [promptId] }, call),
    /** This prompt alone; ignored when it is not the one that runs. */
    interrupt: (promptId: string, call: Call = {}) => post("/interrupt", { prompt_id: promptId }, call),
    /** Asks for the memory back. Asynchronous: no answer says when it is done. */
    free: (call: Call = {}) => post("/free", { unload_models: true, free_memory: true }, call),

    /** Streams an output to `path`; the bytes written. Rejects with ComfyError, `odd` when it is larger than `maxBytes` or cut off. */
    async view(entry: OutputEntry, path: string, maxBytes: number, call: Call = {}): Promise<number> {
      const query = new URLSearchParams({
        filename: entry.filename,
        subfolder: entry.subfolder,
        type: entry.type,
      });
      const response = await good(`/view?${query}`, {}, { timeoutMs: 30 * 60_000, ...call });
      const told = Number(response.headers.get("content-length") ?? NaN);
      if (told > maxBytes) {
        await response.body?.cancel();
        throw tooLarge(entry, maxBytes);
      }
      let written = 0;
      const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          written += chunk.length;
          if (written > maxBytes) throw tooLarge(entry, maxBytes);
          controller.enqueue(chunk);
        },
      });
      try {
        await Deno.writeFile(path, (response.body ?? new Blob([]).stream()).pipeThrough(counted));
      } catch (cause) {
        if (call.signal?.aborted) throw call.signal.reason;
        if (cause instanceof ComfyError || isOfDisk(cause)) throw cause;
        throw new ComfyError("odd", `ComfyUI broke off while it sent ${entry.filename}.`, { cause });
      }
      if (Number.isFinite(told) && written !== told && !response.headers.has("content-encoding")) {
        throw new ComfyError("odd", `ComfyUI sent ${written} of the ${told} bytes of ${entry.filename}.`);
      }
      return written;
    },
  };
}

function asJson(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function tooLarge(entry: OutputEntry, maxBytes: number): ComfyError {
  return new ComfyError(
    "odd",
    `${entry.filename} is larger than the ${Math.round(maxBytes / 1e6)} MB a take may have.`,
  );
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    /no space left|os error 28/i.test(String(error));
}

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const mended = text.replace(
      /("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g,
      (_, quoted) => quoted ?? "null",
    );
    if (mended === text) throw error;
    return JSON.parse(mended);
  }
}
