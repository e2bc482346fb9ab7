import { z } from "zod";
import { Graph } from "../canvas/graph.ts";
import { Operation } from "../canvas/operations.ts";
import { Id } from "../ids.ts";
import { Trust } from "../jobs/trust.ts";
import { PixelAspect } from "../time/aspect.ts";
import { RateName } from "../time/rate.ts";
import { Tier } from "../tiers.ts";

const Title = z.string().trim().min(1).max(120).refine(
  (text) => !/[\p{Cc}]/u.test(text),
  "must have no control characters",
);

export const CreateProject = z.strictObject({
  title: Title,
  description: z.string().max(4000).default(""),
  fps: RateName.default("24"),
  width: z.int().min(64).max(8192).multipleOf(2).default(1280),
  height: z.int().min(64).max(8192).multipleOf(2).default(720),
  quality: Tier.default("standard"),
  /** When no online agent can serve the tier: make it lower (and say so), or wait. */
  fallback: z.enum(["lower", "wait"]).default("lower"),
  /** Timecode skips numbers to keep with the wall clock: at 29.97 and 59.94 only. */
  drop_frame: z.boolean().default(false),
  /** Width to height of a pixel of the film. */
  pixel_aspect: PixelAspect.default("1:1"),
});
/** POST /api/projects/:p/duplicates: another film that begins where this one is. Its takes stay where they were made. */
export const DuplicateProject = z.strictObject({ title: Title });

export const UpdateProject = z.strictObject({
  title: Title.optional(),
  description: z.string().max(4000).optional(),
  quality: Tier.optional(),
  fallback: z.enum(["lower", "wait"]).optional(),
  pools: z.array(z.string().regex(/^[a-z0-9-]{1,40}$/)).min(1).max(20).optional(),
  /** How well a machine must be known to have this project's work. Only an owner may let more machines in. */
  trust: Trust.optional(),
  /** The least reputation of a community machine that may have its work: 0 to 100. */
  min_reputation: z.int().min(0).max(100).optional(),
  archived: z.boolean().optional(),
});

export const Project = z.object({
  id: Id,
  /** In URLs and as the repository's name. */
  slug: z.string(),
  title: z.string(),
  description: z.string(),
  fps: RateName,
  width: z.int(),
  height: z.int(),
  quality: Tier,
  fallback: z.enum(["lower", "wait"]),
  pools: z.array(z.string()),
  trust: Trust.default("trusted"),
  min_reputation: z.int().default(0),
  drop_frame: z.boolean(),
  pixel_aspect: z.string(),
  archived: z.boolean(),
  /** `git clone` takes it. */
  git_url: z.string(),
  /** Poster of the newest active take. */
  poster_url: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  /** When its canvas was last changed, on any branch; only in lists. */
  worked_at: z.iso.datetime().optional(),
});
export type Project = z.infer<typeof Project>;

export const Canvas = z.object({ version: z.int(), graph: Graph });
export type Canvas = z.infer<typeof Canvas>;

/** `version` given: 409 when the canvas has moved on since. */
export const PutCanvas = z.strictObject({ version: z.int().optional(), graph: Graph });
export const PatchCanvas = z.strictObject({
  version: z.int().optional(),
  operations: z.array(Operation).min(1).max(2000),
});
