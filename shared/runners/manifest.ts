import { z } from "zod";
import { RunnerId } from "./id.ts";

/** A runner is a folder of data: `runner.json` and, per tier, an API-format ComfyUI workflow. DESIGN.md 7. */

export { RunnerId };

const name = z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "must be lower_snake_case");
const titled = {
  name,
  title: z.string().min(1).max(80),
  help: z.string().max(400).optional(),
  required: z.boolean().default(false),
  /** Filled in by the studio (size, length, rate): forms leave it out. */
  hidden: z.boolean().default(false),
};

/** What the artist gives a runner, and the widget that the canvas shows for it. */
export const RunnerInput = z.discriminatedUnion("type", [
  z.strictObject({
    ...titled,
    type: z.literal("text"),
    default: z.string().default(""),
    multiline: z.boolean().default(false),
  }),
  z.strictObject({
    ...titled,
    type: z.literal("integer"),
    default: z.int().optional(),
    min: z.int().optional(),
    max: z.int().optional(),
    step: z.int().min(1).optional(),
    widget: z.enum(["number", "slider", "seed"]).default("number"),
  }),
  z.strictObject({
    ...titled,
    type: z.literal("number"),
    default: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    step: z.number().positive().optional(),
    widget: z.enum(["number", "slider"]).default("slider"),
  }),
  z.strictObject({ ...titled, type: z.literal("boolean"), default: z.boolean().default(false) }),
  z.strictObject({
    ...titled,
    type: z.literal("choice"),
    default: z.string(),
    choices: z.array(z.strictObject({ value: z.string(), title: z.string() })).min(1),
  }),
  /** A file from a wire: the job carries its oid, the agent uploads it to ComfyUI and binds the returned name. */
  z.strictObject({ ...titled, type: z.enum(["image", "mask", "audio", "video"]) }),
]);
export type RunnerInput = z.infer<typeof RunnerInput>;

export const ModelFile = z.strictObject({
  /** Folder under ComfyUI's models/, e.g. checkpoints. */
  folder: z.string().min(1),
  file: z.string().min(1),
  /** Bytes, as the source states it; absent where it states none. */
  size: z.int().min(1).optional(),
  /**
   * Where its source states none: bytes that it should have, and how that is known. For budgets, pages and sums; a file is never held
   * against it.
   */
  size_about: z.strictObject({ bytes: z.int().min(1), from: z.string().min(1).max(400) }).optional(),
  url: z.url().optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  licence: z.string().min(1),
  /** False: what is made with it may not be sold without another licence; said where the runner is chosen. */
  commercial: z.boolean(),
});
export type ModelFile = z.infer<typeof ModelFile>;

/** `[node id, input name]` of a workflow. */
export const Binding = z.tuple([z.string(), z.string()]);

/** A workflow and what goes where in it. */
const graph = {
  /** File name of the workflow beside runner.json. */
  workflow: z.string().regex(/^[a-z0-9][a-z0-9._-]*\.json$/),
  /**
   * Where each input goes; one may go to several places. Beside the runner's own inputs there are `half_width` and
   * `half_height`, for graphs of two passes.
   */
  bindings: z.record(z.string(), z.array(Binding).min(1)),
  /** Workflow node whose files are the take. */
  output_node: z.string(),
};

/** Another graph of a tier for pictures larger than `above_area` pixels, e.g. in two passes. */
export const LargeGraph = z.strictObject({ above_area: z.int().min(1), ...graph });
export type LargeGraph = z.infer<typeof LargeGraph>;

export const RunnerTier = z.strictObject({
  /** MiB the card must report; 0 runs on the CPU. */
  vram_mb: z.int().min(0),
  /** MiB of system memory: what does not fit the card is offloaded there. */
  ram_mb: z.int().min(0),
  /** MiB that must be free for a take's files; the models' sizes are their own. */
  disk_mb: z.int().min(0),
  /** Largest picture, pixels. */
  max_area: z.int().min(1).optional(),
  max_frames: z.int().min(1).optional(),
  /** Rough seconds for one take on the card the tier is meant for, until there is evidence. */
  estimate_s: z.int().min(1).optional(),
  /** Only the builtin engine has none. */
  workflow: graph.workflow.optional(),
  bindings: graph.bindings.default({}),
  output_node: graph.output_node.optional(),
  large: LargeGraph.optional(),
  /**
   * Frames per second that this tier's model makes, where it differs from the runner's. Jobs and `max_frames` still
   * count frames at the runner's rate; the agent converts.
   */
  native_fps: z.number().positive().optional(),
  models: z.array(ModelFile).default([]),
});
export type RunnerTier = z.infer<typeof RunnerTier>;

/** A server that speaks ComfyUI's API. It is given no network: it listens at the Unix socket that `STUDIO_SOCKET` names. */
export const Container = z.strictObject({
  /** What docker or podman call it; fetched ones by digest, so that what was agreed to is what runs. */
  image: z.string().regex(/^[a-z0-9][a-zA-Z0-9._:/@-]{0,254}$/, "must be an image's name"),
  args: z.array(z.string().max(200)).max(50).default([]),
  /** Built on the machine itself, from this folder of the agent's containers. Only runners that come with the agent have one. */
  build: RunnerId.optional(),
});
export type Container = z.infer<typeof Container>;

export const RunnerManifest = z.strictObject({
  schema: z.literal(1),
  id: RunnerId,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "must be major.minor.patch"),
  title: z.string().min(1).max(80),
  description: z.string().max(1000),
  /** The canvas node types it serves. */
  serves: z.array(z.enum(["generate_image", "edit_image", "kontext", "shot"])).min(1),
  output: z.enum(["image", "video"]),
  /** `builtin` is code of the agent (animatic); `comfyui` a workflow; `container` a ComfyUI-compatible image. */
  engine: z.enum(["builtin", "comfyui", "container"]),
  container: Container.optional(),
  /** ComfyUI node classes that must be there, beyond what the workflow names. */
  node_classes: z.array(z.string()).default([]),
  /** What a node gets that names no runner, before others that could make it too. */
  first_choice: z.boolean().default(false),
  /** Not shown to artists: for `agent doctor` and tests. */
  self_test: z.boolean().default(false),
  /** Width and height must be multiples of this. */
  size_step: z.int().min(1).default(8),
  /** Video: the number of frames must be `frame_step * k + frame_offset`; rates other than the project's are conformed. */
  frame_step: z.int().min(1).default(1),
  frame_offset: z.int().min(0).default(0),
  /** Video: frames per second that the model makes; absent: the project's. */
  native_fps: z.number().positive().optional(),
  inputs: z.array(RunnerInput),
  tiers: z.partialRecord(z.enum(["low", "standard", "high"]), RunnerTier),
});
export type RunnerManifest = z.infer<typeof RunnerManifest>;

/** An API-format ComfyUI workflow. */
export const Workflow = z.record(
  z.string(),
  z.object({
    class_type: z.string(),
    inputs: z.record(z.string(), z.unknown()),
    _meta: z.object({ title: z.string().optional() }).optional(),
  }),
);
export type Workflow = z.infer<typeof Workflow>;

/** `flux-image@standard`: what an agent lists and a job asks for. Film assembly is the capability `assemble`. */
export function capabilityOf(runner: string, tier: string): string {
  return `${runner}@${tier}`;
}
export const ASSEMBLE = "assemble";
