import { z } from "zod";
import { Reputation, Unverified } from "./checks.ts";
import { MediaFacts, Tags } from "../agents/protocol.ts";
import { Operation } from "../canvas/operations.ts";
import { Recipe } from "../canvas/recipe.ts";
import { Id } from "../ids.ts";
import { FilmFormat, RenderOptions } from "../jobs/film.ts";
import { Job, Priority } from "../jobs/job.ts";
import { Trust } from "../jobs/trust.ts";
import { Tier } from "../tiers.ts";

/**
 * The asker's own name for a request, made up anew for each: sent again under the same, because no answer came, it queues nothing more
 * and is answered with what it queued the first time.
 */
const AskId = Id;

/** POST /api/projects/:p/jobs: generate takes of a canvas node as it is now. */
export const SubmitJob = z.strictObject({
  ask_id: AskId.optional(),
  node_id: z.string().max(64),
  /** Variations: that many jobs, each with its own take number and, unless the seed is locked, its own seed. */
  takes: z.int().min(1).max(16).default(1),
  tier: Tier.optional(),
  priority: Priority.optional(),
  /** Start the next version at take one. */
  version_up: z.boolean().default(false),
  /** Pay for an earlier place among community work: from the film's purse, or with one's own credits. */
  credits: z.enum(["purse", "mine"]).optional(),
});
/** 202 */
export const Submitted = z.object({ jobs: z.array(Job) });

export const UpdateJob = z.union([
  z.strictObject({ priority: Priority }),
  /** The waiting job of the same project that it should come before; null: last. */
  z.strictObject({ before: Id.nullable() }),
]);

export const Take = z.object({
  id: Id,
  project_id: Id,
  node_id: z.string(),
  shot: z.string(),
  version: z.int(),
  take: z.int(),
  name: z.string(),
  job_id: Id,
  kind: z.enum(["image", "video"]),
  /** Its node's choice, on the branch that was asked for. */
  active: z.boolean(),
  /** Where it was made. */
  branch: z.string().optional(),
  tier_requested: Tier,
  tier: Tier,
  runner: z.string(),
  oid: z.string(),
  size: z.int(),
  media: MediaFacts,
  /** Path in the repository. */
  path: z.string(),
  /** False until it is in a commit. */
  committed: z.boolean(),
  /** What the canvas was when it was asked for; null for takes of older studios. */
  made_from: Recipe.nullable(),
  /** Redirects to a signed URL: the master, the poster, the web proxy (the master itself for a still). */
  file_url: z.string(),
  poster_url: z.string().nullable(),
  proxy_url: z.string().nullable(),
  created_at: z.iso.datetime(),
  /** Its machine's other work turned out wrong; absent: nothing speaks against it. */
  unverified: Unverified.optional(),
});
export type Take = z.infer<typeof Take>;
/** GET /api/projects/:p/takes/:t adds everything it was made from: the JSON that lies beside it in the repository. */
export const TakeDetail = Take.extend({ sidecar: z.record(z.string(), z.unknown()) });

/** Longest cut list that is read, characters. */
export const LONGEST_LIST = 4_000_000;
/** A binary file that was meant as a list has zeros, which no text field of the database takes. */
const ListText = z.string().min(1).max(LONGEST_LIST).refine((text) => !text.includes("\0"), "must be text");

/** POST /api/projects/:p/renders */
export const SubmitRender = z.strictObject({
  ask_id: AskId.optional(),
  assembler: z.string().max(64),
  priority: Priority.optional(),
  /** A cut list (CMX3600) by hand, of the project's takes, to render instead of the one that the canvas gives. */
  edl: ListText.optional(),
  /** What the film is delivered as. */
  options: RenderOptions.optional(),
});

/** POST /api/projects/:p/assemblers/:node/conform: what a cut list (CMX3600 or OpenTimelineIO) would change on the canvas. */
export const ConformRequest = z.strictObject({
  text: ListText,
  /** Make the changes; else they are only told. */
  apply: z.boolean().default(false),
  /** Version of the canvas that was looked at: 409 when it has moved on. */
  version: z.int().optional(),
});
export const ConformChange = z.object({
  kind: z.enum(
    ["order", "enter", "leave", "take", "trim", "transition", "fade", "speed", "gap", "sound", "note"],
  ),
  shot: z.string().nullable(),
  node_id: z.string().nullable(),
  sentence: z.string(),
});
export type ConformChange = z.infer<typeof ConformChange>;
export const Unmatched = z.object({
  /** "line 7" */
  place: z.string(),
  name: z.string(),
  reason: z.string(),
});
export type Unmatched = z.infer<typeof Unmatched>;
export const Conform = z.object({
  applied: z.boolean(),
  /** Of the canvas, after the change when there was one. */
  version: z.int(),
  changes: z.array(ConformChange),
  unmatched: z.array(Unmatched),
  /** What the list holds that the canvas cannot. */
  notes: z.array(z.string()),
  /** What the changes are as steps on the canvas, for who applies them there. */
  operations: z.array(Operation),
  /** Takes to choose, and those that were. */
  activate: z.array(z.object({ take_id: Id, was: Id.nullable() })),
});
export type Conform = z.infer<typeof Conform>;

/** A rendered film: 06_Exports/<name>.mp4 (or .mov, .webm), .edl and .otio */
export const Export = z.object({
  id: Id,
  project_id: Id,
  job_id: Id,
  /** Whose canvas it was rendered from. */
  branch: z.string().optional(),
  name: z.string(),
  version: z.int(),
  /** Of the film, with its end titles. */
  frames: z.int(),
  format: FilmFormat,
  /** null until it is rendered. */
  oid: z.string().nullable(),
  size: z.int().nullable(),
  path: z.string(),
  edl_path: z.string(),
  committed: z.boolean(),
  film_url: z.string(),
  edl_url: z.string(),
  poster_url: z.string().nullable(),
  proxy_url: z.string().nullable(),
  created_at: z.iso.datetime(),
});
export type Export = z.infer<typeof Export>;

export const Agent = z.object({
  id: Id,
  name: z.string(),
  pools: z.array(z.string()),
  /** How well the studio knows it; absent of older gateways: trusted. */
  trust: Trust.optional(),
  /** Who lends it; null: the studio's own. */
  owner_id: Id.nullable().optional(),
  /** The name in credits. */
  lent_by: z.string().nullable().optional(),
  state: z.enum(["online", "offline", "paused", "draining", "quarantined"]),
  /** It failed again and again, and gets no work until somebody lets it; or it is started again and its self test passes. */
  quarantine: z.object({
    since: z.iso.datetime(),
    reason: z.string(),
    /** A spot check found its work wrong: no start and no self test ends that, only whoever looks after the machines. */
    by_check: z.boolean().optional(),
  }).nullable().optional(),
  /** What spot checks made of it; absent: it is none of the community's. */
  reputation: Reputation.optional(),
  /** By which work chooses it: given by the studio, and said by the machine itself. */
  tags: z.array(z.string()).optional(),
  own_tags: z.array(z.string()).optional(),
  /** Why it takes no job by its owner's rules: "Outside its hours (22:00–07:00)." */
  resting: z.string().nullable().optional(),
  /** What it does beside jobs: "Downloads flux1-dev.safetensors: 43 %". */
  doing: z.string().nullable().optional(),
  /** Version of the agent program. */
  agent_version: z.string().optional(),
  os: z.string(),
  comfyui_version: z.string().nullable(),
  ram_mb: z.int(),
  disk_free_mb: z.int(),
  slots: z.array(z.object({
    slot: z.string(),
    name: z.string(),
    vram_mb: z.int(),
    capabilities: z.array(z.string()),
    job_id: Id.nullable(),
  })),
  cannot: z.array(z.object({ capability: z.string(), reason: z.string(), sentence: z.string() })),
  suspended: z.array(z.object({ runner: z.string(), strikes: z.int(), since: z.iso.datetime() })),
  last_seen_at: z.iso.datetime().nullable(),
});
export type Agent = z.infer<typeof Agent>;

/** One plain line. */
const LentBy = z.string().trim().min(1).max(80).refine((text) => !/\p{Cc}/u.test(text), "must be one line");

export const CreateJoinCode = z.strictObject({
  pools: z.array(z.string().regex(/^[a-z0-9-]{1,40}$/)).min(1).max(20).default(["default"]),
  uses: z.int().min(1).max(1000).default(1),
  expires_s: z.int().min(60).max(86_400).default(900),
  trust: Trust.default("trusted"),
  /** The name that credits give, when it is not that of whoever makes the code. */
  lent_by: LentBy.optional(),
});
export const JoinCode = z.object({
  code: z.string(),
  /** One line for a shell on Linux or macOS that fetches the agent, joins and runs it; the other for PowerShell. */
  command: z.string(),
  command_windows: z.string(),
  expires_at: z.iso.datetime(),
});
export const UpdateAgent = z.strictObject({
  paused: z.boolean().optional(),
  draining: z.boolean().optional(),
  pools: z.array(z.string().regex(/^[a-z0-9-]{1,40}$/)).min(1).max(20).optional(),
  name: z.string().trim().min(1).max(60).optional(),
  trust: Trust.optional(),
  lent_by: LentBy.nullable().optional(),
  /** Instead of those that the studio gave it. */
  tags: Tags.optional(),
});

export const Notice = z.object({
  id: Id,
  at: z.iso.datetime(),
  level: z.enum(["info", "attention", "broken"]),
  sentence: z.string(),
  job_id: Id.nullable(),
  node_id: z.string().nullable(),
  /** The machine it is about; such notices are on every screen of the studio. */
  agent_id: Id.nullable().optional(),
});
export type Notice = z.infer<typeof Notice>;
