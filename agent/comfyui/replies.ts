import { z } from "zod";

/** What ComfyUI answers, from 0.3.64 to current versions. Everything unknown is let through: versions add fields. */

export const SystemStats = z.object({
  system: z.object({
    os: z.string().default("unknown"),
    ram_total: z.number().default(0),
    comfyui_version: z.string().default("unknown"),
    pytorch_version: z.string().default("unknown"),
    argv: z.array(z.string()).default([]),
  }),
  devices: z.array(z.object({
    name: z.string(),
    /** "cuda", "cpu" (then `vram_total` is the RAM), "mps", "xpu" */
    type: z.string(),
    index: z.number().nullable().default(null),
    vram_total: z.number().default(0),
    vram_free: z.number().default(0),
  })).default([]),
});
export type SystemStats = z.infer<typeof SystemStats>;

/** Only what is needed: the names of the node classes, and their inputs for whoever checks a graph. */
export const ObjectInfo = z.record(z.string(), z.looseObject({}));
export type ObjectInfo = z.infer<typeof ObjectInfo>;

export const Features = z.looseObject({
  supports_preview_metadata: z.boolean().default(false),
  max_upload_size: z.number().default(100 * 1024 * 1024),
});

export const Uploaded = z.object({
  name: z.string(),
  subfolder: z.string().default(""),
  type: z.string().default("input"),
});

const NodeFault = z.object({
  type: z.string().default("unknown"),
  message: z.string().default(""),
  details: z.string().default(""),
  extra_info: z.unknown().optional(),
});
export type NodeFault = z.infer<typeof NodeFault>;
export const NodeErrors = z.record(
  z.string(),
  z.object({ errors: z.array(NodeFault).default([]), class_type: z.string().default("") }),
);
export type NodeErrors = z.infer<typeof NodeErrors>;

/** 0.3.64 answers `[]` where there are none in places where current versions answer `{}`. */
const nodeErrors = z.preprocess((value) => Array.isArray(value) || !value ? {} : value, NodeErrors);

export const Accepted = z.object({
  prompt_id: z.string(),
  number: z.number().default(0),
  node_errors: nodeErrors,
});
export const Refusal = z.object({
  /** An object; very old versions sent a string. */
  error: z.preprocess(
    (value) => typeof value === "string" ? { type: "unknown", message: value } : value,
    NodeFault,
  ),
  node_errors: nodeErrors.default({}),
});
export type Refusal = z.infer<typeof Refusal>;

/** `[number, prompt_id, prompt, extra_data, outputs]`; only the id matters. */
const QueueItem = z.tuple([z.number(), z.string()], z.unknown());
/** GET /internal/logs/raw */
export const Printed = z.object({ entries: z.array(z.object({ t: z.string(), m: z.string() })).default([]) });

export const Queue = z.object({
  queue_running: z.array(QueueItem).default([]),
  queue_pending: z.array(QueueItem).default([]),
});

export const OutputEntry = z.object({
  filename: z.string(),
  subfolder: z.string().default(""),
  type: z.string().default("output"),
});
export type OutputEntry = z.infer<typeof OutputEntry>;

export const ExecutionError = z.object({
  node_id: z.union([z.string(), z.number()]).optional(),
  node_type: z.string().default(""),
  exception_message: z.string().default(""),
  exception_type: z.string().default(""),
  traceback: z.array(z.string()).default([]),
});
export type ExecutionError = z.infer<typeof ExecutionError>;

export const HistoryEntry = z.object({
  outputs: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
  status: z.object({
    status_str: z.string().default(""),
    completed: z.boolean().default(false),
    messages: z.array(z.tuple([z.string(), z.looseObject({})])).default([]),
  }).nullish(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;
export const History = z.record(z.string(), HistoryEntry);
