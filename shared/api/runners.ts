import { z } from "zod";
import { RunnerId, RunnerManifest, Workflow } from "../runners/manifest.ts";
import { Tier } from "../tiers.ts";

const Serves = RunnerManifest.shape.serves.element;
const InputType = z.enum([
  "text",
  "integer",
  "number",
  "boolean",
  "choice",
  "image",
  "mask",
  "audio",
  "video",
]);

/** POST /api/runners/marks: a graph that ComfyUI exported, to be made a runner. */
export const MarksBody = z.strictObject({ graph: z.unknown(), serves: Serves });

/** What in it could be an input, and the model files it names. */
export const Marks = z.object({
  marks: z.array(z.object({
    node: z.string(),
    input: z.string(),
    title: z.string(),
    type: InputType,
    value: z.unknown(),
    /** The name that the studio would give it; null where it would leave it as it is. */
    suggested: z.string().nullable(),
  })),
  models: z.array(z.object({ folder: z.string(), file: z.string() })),
  /** What it saves; null when it saves nothing, and cannot be a runner. */
  output: z.enum(["image", "video"]).nullable(),
  /** What whoever installs it is asked to accept: programs of others, files of their machine. Sentences. */
  risks: z.array(z.string()).default([]),
});
export type Marks = z.infer<typeof Marks>;

/** POST /api/runners/from-graph */
export const FromGraph = z.strictObject({
  id: RunnerId,
  title: z.string().min(1).max(80),
  description: z.string().max(1000).default(""),
  serves: Serves,
  tier: Tier,
  /** MiB. */
  vram_mb: z.int().min(0).max(1_000_000),
  ram_mb: z.int().min(0).max(10_000_000).default(16_384),
  graph: Workflow,
  /** Those of the marks that artists shall give; several of one name are one input. */
  inputs: z.array(z.strictObject({
    node: z.string(),
    input: z.string(),
    name: z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, "must be lower_snake_case"),
    title: z.string().min(1).max(80).optional(),
  })).max(100),
  /** What may be done with what it makes: of all its models together. */
  licence: z.string().min(1).max(200),
  commercial: z.boolean(),
});
export type FromGraph = z.input<typeof FromGraph>;

/** A runner that a studio added. */
export const AddedRunner = z.object({
  id: RunnerId,
  version: z.string(),
  /** SHA-256 of its pack, hex: what whoever installs it compares. */
  digest: z.string(),
  added_by: z.string(),
  added_at: z.iso.datetime(),
  /** Told when it is added: what whoever installs it is asked to accept. */
  risks: z.array(z.string()).optional(),
});
export type AddedRunner = z.infer<typeof AddedRunner>;
