import { z } from "zod";
import { Recipe } from "../canvas/recipe.ts";
import { Id } from "../ids.ts";
import { Oid } from "../lfs/pointer.ts";
import { ShotName } from "../takes/name.ts";
import { PixelAspect } from "../time/aspect.ts";
import { RateName } from "../time/rate.ts";
import { Tier } from "../tiers.ts";
import { Traceparent } from "../traces/traceparent.ts";
import { MOST_LINES } from "./credits.ts";
import { Trust } from "./trust.ts";
import { RenderOptions } from "./film.ts";

export const JobState = z.enum(["blocked", "queued", "leased", "succeeded", "failed", "cancelled"]);
export type JobState = z.infer<typeof JobState>;

export const FINAL_STATES: readonly JobState[] = ["succeeded", "failed", "cancelled"];

/** Why an attempt ended badly, and with it what is done next (gateway/jobs/retry.ts). */
export const ErrorClass = z.enum(["oom", "invalid", "transient", "agent", "cancelled", "timeout"]);
export type ErrorClass = z.infer<typeof ErrorClass>;

export const JobError = z.object({
  class: ErrorClass,
  /** A sentence for the artist. */
  message: z.string().max(2000),
  /** For whoever looks closer: a traceback, ffmpeg's last lines. */
  detail: z.string().max(20_000).optional(),
});
export type JobError = z.infer<typeof JobError>;

/** A file that a job needs: in the project's LFS store. */
export const JobInput = z.object({
  /** Runner input it feeds (`source`, `image`, `ref`); for assembly the reel. */
  name: z.string(),
  oid: Oid,
  /** Bytes. */
  size: z.int(),
  file_name: z.string(),
});
export type JobInput = z.infer<typeof JobInput>;

/** What an agent is asked to make. Stored with the job; never changes but for `tier` on fallback. */
export const GenerateSpec = z.object({
  kind: z.literal("generate"),
  runner: z.string(),
  runner_version: z.string(),
  tier: Tier,
  output: z.enum(["image", "video"]),
  take: z.object({ shot: ShotName, version: z.int(), take: z.int(), name: z.string() }),
  /** The runner's inputs but the files: prompt, seed, width, height, frames, … resolved and within the tier. */
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  inputs: z.array(JobInput),
  fps: RateName,
  /** The project's picture, pixels. */
  width: z.int(),
  height: z.int(),
  /** Embedded start timecode of the take, frames since 00:00:00:00; unique in the project. */
  timecode_start: z.int(),
  /** Eight characters, unique in the project: the take's reel in an EDL. */
  reel: z.string(),
  title: z.string(),
  /** Width to height of a pixel of the project. Absent: square. */
  pixel_aspect: PixelAspect.optional(),
  /** The take's timecode is written in drop-frame. */
  drop_frame: z.boolean().optional(),
  /** The canvas as it was, part by part; jobs of older studios have none. */
  made_from: Recipe.optional(),
  /** The node's own fields as they were: what "Restore settings" puts back. */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** The trace it is part of, and in that the request that asked for it. Absent: it is not traced. */
  trace: Traceparent.optional(),
  /** Its tier was chosen for these takes, not by the project: it waits for that. */
  tier_chosen: z.boolean().optional(),
});
export type GenerateSpec = z.infer<typeof GenerateSpec>;

export const AssembleSpec = z.object({
  kind: z.literal("assemble"),
  /** CMX3600 text: the input of the render, not a description of it. */
  edl: z.string(),
  edl_name: z.string(),
  /** File stem of the film, e.g. The-Lighthouse_v003 */
  name: z.string(),
  fps: RateName,
  width: z.int(),
  height: z.int(),
  /**
   * One per reel of the EDL. `timecode_start` is the frame at which the take's own timecode begins. A sound file (`audio`)
   * counts from 0, and its `frames` are 0: it is as long as it is, and silent after.
   */
  inputs: z.array(JobInput.extend({
    timecode_start: z.int(),
    frames: z.int(),
    kind: z.enum(["image", "video", "audio"]),
  })),
  /** Width to height of a pixel. Absent: square. */
  pixel_aspect: PixelAspect.optional(),
  title: z.string(),
  /** Absent: an MP4 without burn-in. */
  options: RenderOptions.optional(),
  /** End titles after the list's last frame: their lines, and the frames that they take. */
  credits: z.object({ lines: z.array(z.string().max(200)).max(MOST_LINES), frames: z.int().min(1) })
    .optional(),
  /** As with takes. */
  trace: Traceparent.optional(),
});
export type AssembleSpec = z.infer<typeof AssembleSpec>;

/** Look how alike these are: two or three pictures or clips that should be the same. */
export const CompareSpec = z.object({
  kind: z.literal("compare"),
  title: z.string(),
  output: z.enum(["image", "video"]),
  /** The film's picture, pixels. */
  width: z.int(),
  height: z.int(),
  /** Named "1", "2", "3". */
  inputs: z.array(JobInput).min(2).max(3),
  trace: Traceparent.optional(),
});
export type CompareSpec = z.infer<typeof CompareSpec>;

export const JobSpec = z.discriminatedUnion("kind", [GenerateSpec, AssembleSpec, CompareSpec]);
export type JobSpec = z.infer<typeof JobSpec>;

/** What a job is done with: a runner's id, or `assemble`, `compare`. */
export function runnerOf(spec: JobSpec): string {
  return spec.kind === "generate" ? spec.runner : spec.kind;
}

/** Why a job waits: a sentence and, for programs, a word. */
export const Waiting = z.object({
  reason: z.enum([
    "next", // an agent could take it; others are before it or every fitting card is busy
    "no_agent", // nobody online
    "no_runner", // online agents lack the runner
    "vram", // no card is large enough
    "ram",
    "disk",
    "pool", // agents could, but serve other pools
    "suspended", // agents could, but failed this runner too often
    "quarantined", // agents could, but failed at whatever they were given
    "backoff", // a retry waits for its time
    "paused", // agents could, but are paused or draining
    "blocked", // waits for other jobs
    "permission", // agents could, but the project does not let its work run there
    "pinned", // it is to run on certain agents, or kept off others
    "plan", // as many run as the studio's plan lets
  ]),
  sentence: z.string(),
});
export type Waiting = z.infer<typeof Waiting>;

export const Progress = z.object({
  /** Words for people: "Sampling 18 of 30". */
  stage: z.string().max(200),
  /** 0 to 1 over the whole job. */
  progress: z.number().min(0).max(1),
  seconds_left: z.number().min(0).optional(),
});
export type Progress = z.infer<typeof Progress>;

/** A job as the API shows it. */
export const Job = z.object({
  id: Id,
  project_id: Id,
  /** Whose canvas it was asked for on. */
  branch: z.string().optional(),
  kind: z.enum(["generate", "assemble"]),
  /** Canvas node it was made for. */
  node_id: z.string().nullable(),
  title: z.string(),
  runner: z.string(),
  /** Of the runner as it was when the job was made; a film has none. */
  runner_version: z.string().optional(),
  tier_requested: Tier.nullable(),
  tier: Tier.nullable(),
  /** Set when the tier is not the one asked for: from what to what and why. */
  fallback: z.string().nullable(),
  capability: z.string(),
  vram_mb: z.int(),
  /** On which machines it may run, and on which it is to run or not to: agents' ids. */
  place: z.object({
    trust: Trust,
    only: z.array(Id),
    never: z.array(Id),
    only_tags: z.array(z.string()).optional(),
    never_tags: z.array(z.string()).optional(),
  }).optional(),
  priority: z.int(),
  /** Among jobs of one priority the lesser comes first, then the lesser id. */
  order: z.number(),
  state: JobState,
  attempt: z.int(),
  max_attempts: z.int(),
  cancel_requested: z.boolean(),
  take: z.object({ shot: z.string(), version: z.int(), take: z.int(), name: z.string() }).nullable(),
  take_id: Id.nullable(),
  export_id: Id.nullable(),
  error: JobError.nullable(),
  /** Name of the agent that has or had it. */
  agent: z.string().nullable(),
  waiting: Waiting.nullable(),
  progress: Progress.nullable(),
  created_by: z.string().nullable(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
});
export type Job = z.infer<typeof Job>;

/** 0 is last, 9 is first. */
export const Priority = z.int().min(0).max(9);
export const DEFAULT_PRIORITY = 4;

export const JobEvent = z.object({
  id: z.string(),
  job_id: Id,
  at: z.iso.datetime(),
  kind: z.string(),
  sentence: z.string(),
  data: z.record(z.string(), z.unknown()).nullable(),
});
export type JobEvent = z.infer<typeof JobEvent>;
