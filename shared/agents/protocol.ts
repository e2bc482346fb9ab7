import { z } from "zod";
import { Id } from "../ids.ts";
import { ErrorClass, JobSpec, Progress } from "../jobs/job.ts";
import { Oid } from "../lfs/pointer.ts";

/**
 * What agents and the gateway say to each other, under /api/agent. An agent sends
 * `Authorization: Bearer <agent token>`; only `register` is authenticated by the join code instead.
 *
 * | answer | what the agent does |
 * | --- | --- |
 * | 401 | the token was revoked: stop, tell the owner to join again |
 * | 409 lease_lost | stop that job, discard its files |
 * | 409 conflict (`session`) | the gateway does not know this boot: open a session again |
 * | 5xx, no answer | keep everything, back off with jitter, try again for ever |
 */

/** One thing that can take one job at a time: a card, or the CPU. */
export const Slot = z.object({
  /** `gpu0`, `gpu1`, `cpu` */
  slot: z.string().regex(/^[a-z]+\d*$/).max(16),
  /** "NVIDIA GeForce RTX 4090", "CPU" */
  name: z.string().max(120),
  /** MiB as the driver reports it; 0 for the CPU. */
  vram_mb: z.int().min(0),
  /** `flux-image@standard`, `animatic@high`, `assemble` */
  capabilities: z.array(z.string().max(100)).max(500),
});
export type Slot = z.infer<typeof Slot>;

/** What this machine cannot do and why, for the fleet page and for waiting reasons. */
export const Inability = z.object({
  capability: z.string().max(100),
  /** `policy`: its owner does not lend it for this; `version`: the studio has another one of the runner. */
  reason: z.enum(["vram", "ram", "disk", "models", "nodes", "comfyui", "tools", "policy", "version"]),
  sentence: z.string().max(500),
});
export type Inability = z.infer<typeof Inability>;

const ProjectNames = z.array(z.string().max(200)).max(500).default([]);

/** For whom the owner lends the machine. Empty lists: for all. */
export const Terms = z.object({
  /** By id, or by title whatever its case; `deny` wins. */
  projects: z.object({ allow: ProjectNames, deny: ProjectNames }).default({ allow: [], deny: [] }),
  /** Of the pools that the studio put it into, those it works for. */
  pools: z.array(z.string().max(200)).max(500).default([]),
  /** The latest jobs that its rules refused (words in a prompt), so that those who wait for them are told. Which words is not. */
  refused: z.array(Id).max(100).optional(),
});
export type Terms = z.infer<typeof Terms>;

/** A free word for machines of a kind ("4090", "studio-b"), by which work chooses them. */
export const Tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/);
export const Tags = z.array(Tag).max(30);

/** What of a machine made an attempt fail: no fault of the work, nor of the gateway. */
export const HostFault = z.enum(["disk", "driver", "memory", "comfyui", "output"]);
export type HostFault = z.infer<typeof HostFault>;

/** What a machine in quarantine found out about itself after it was started again. */
export const SelfTest = z.object({
  passed: z.boolean(),
  checks: z.array(z.object({ what: z.string().max(60), ok: z.boolean(), sentence: z.string().max(500) })).max(
    80,
  ),
});
export type SelfTest = z.infer<typeof SelfTest>;

export const AgentFacts = z.object({
  os: z.string().max(60),
  agent_version: z.string().max(40),
  comfyui_version: z.string().max(40).nullable(),
  driver: z.string().max(80).nullable(),
  /** MiB. */
  ram_mb: z.int().min(0),
  /** MiB free where the agent works. */
  disk_free_mb: z.int().min(0),
  slots: z.array(Slot).min(1).max(64),
  cannot: z.array(Inability).max(500).default([]),
  terms: Terms.optional(),
  /** Tags that it was given where it runs; the studio may give it more. */
  tags: Tags.optional(),
  /** Versions of the runners here, by id: jobs of another version of a runner are not for this agent. Absent: not told. */
  runners: z.record(z.string().max(48), z.string().max(40)).optional(),
  /**
   * SHA-256 of the model files that this agent has fetched and that are still there, by `<folder>/<file>`: whose differ from another's, its
   * operators are told. Absent: not told.
   */
  models: z.record(z.string().max(300), z.string().regex(/^[0-9a-f]{64}$/)).optional()
    .refine((models) => Object.keys(models ?? {}).length <= 500, "at most 500 model files are told"),
});
export type AgentFacts = z.infer<typeof AgentFacts>;

export const RegisterBody = z.strictObject({ name: z.string().min(1).max(60), facts: AgentFacts });
/**
 * Origins (`https://s3.eu-west-1.amazonaws.com`) that URLs in leases and LFS actions may have, beside the one the agent
 * called: the agent runs with network permission for exactly these.
 */
const StoreOrigins = z.array(z.string()).default([]);

export const Registered = z.object({
  agent_id: Id,
  name: z.string(),
  token: z.string(),
  store_origins: StoreOrigins,
});

/** GET /api/agent/runners/:id/pack: a runner that the studio added, for `agent runner install`. */
export const RunnerPack = z.object({
  id: z.string(),
  version: z.string(),
  /** SHA-256 of the pack, hex. */
  digest: z.string(),
  /** Base64. */
  pack: z.string(),
});

/** PUT /api/agent/session: a process has started (new boot id: the old one's leases are freed) or its facts changed. */
export const SessionBody = z.strictObject({
  boot_id: Id,
  facts: AgentFacts,
  /** Only in answer to `quarantine`. */
  self_test: SelfTest.optional(),
});
export const Session = z.object({
  agent_id: Id,
  name: z.string(),
  pools: z.array(z.string()),
  heartbeat_s: z.number(),
  lease_s: z.number(),
  poll_s: z.number(),
  store_origins: StoreOrigins,
  /** It gets no work. `test`: this process may prove by a self test of these slots, sent with another session, that it works. */
  quarantine: z.object({ reason: z.string(), test: z.boolean(), slots: z.array(z.string()) }).optional(),
});

/** POST /api/agent/lease: waits up to `wait_s` for a job that this slot can do. */
export const LeaseBody = z.strictObject({
  boot_id: Id,
  slot: z.string(),
  wait_s: z.number().min(0).max(30).default(25),
  /** Capabilities whose models are in memory now: preferred on a tie. */
  loaded: z.array(z.string()).max(50).default([]),
  disk_free_mb: z.int().min(0).optional(),
  /** Jobs that its owner's rules refused (words in a prompt): not to be granted to this agent again. */
  refused: z.array(Id).max(500).optional(),
});
export type LeaseBody = z.infer<typeof LeaseBody>;

/** `<job id>.<lease counter>`: names one grant of one job; a later grant has another. */
export const LeaseId = z.string().regex(/^[0-9a-f-]{36}\.\d{1,15}$/);

export const LeaseInput = z.object({
  name: z.string(),
  oid: Oid,
  size: z.int(),
  file_name: z.string(),
  /** Presigned GET. Never send the agent's token with it. */
  url: z.string(),
});

export const Lease = z.object({
  lease: LeaseId,
  job_id: Id,
  attempt: z.int(),
  /** Seconds until it runs out unless extended. */
  lease_s: z.number(),
  /** Seconds after which the attempt is given up even if it lives. */
  max_run_s: z.number(),
  /** Seconds that such work took on such a card so far; absent until there is evidence. */
  expected_s: z.number().min(0).optional(),
  project: z.object({ id: Id, title: z.string() }),
  spec: JobSpec,
  inputs: z.array(LeaseInput),
  /** Where results go: LFS batch at `<url>/objects/batch` with this header. One project, one job. */
  lfs: z.object({ url: z.string(), authorization: z.string() }),
});
export type Lease = z.infer<typeof Lease>;

export const LeaseReply = z.object({
  lease: Lease.nullable(),
  /** On an empty answer: why there is nothing for this slot. */
  idle: z.object({
    sentence: z.string(),
    reasons: z.array(z.object({ reason: z.string(), count: z.int(), sentence: z.string() })),
  }).nullable(),
  /** The owner or an operator said so: don't poll until a heartbeat says otherwise. */
  pause: z.boolean(),
  /** Why it is in quarantine, and how that ends. Absent: it is not, or the gateway is older. */
  quarantine: z.string().optional(),
});

export const HeartbeatBody = z.strictObject({
  boot_id: Id,
  draining: z.boolean().default(false),
  disk_free_mb: z.int().min(0).optional(),
  /** Why it takes no job by itself (hours, a game, its owner's pause), for people. Absent: it takes them. */
  resting: z.string().max(300).optional(),
  /** What it does beside jobs, for people: "Downloads flux1-dev.safetensors: 43 %". Absent: nothing. */
  doing: z.string().max(200).optional(),
  leases: z.array(z.object({ lease: LeaseId, progress: Progress })).max(64),
});
export const HeartbeatReply = z.object({
  leases: z.array(z.object({
    lease: LeaseId,
    /** ok: extended. cancel: stop and report `cancelled`. lost: stop and discard. */
    verdict: z.enum(["ok", "cancel", "lost"]),
  })),
  drain: z.boolean(),
  pause: z.boolean(),
  /** Which version of the agent this gateway serves (package.ts here). Absent: not told. */
  agent_package: z.string().regex(/^[0-9a-f]{64}$/).optional(),
});

/** POST /api/agent/stops, while something runs: answered at once when one of the agent's leases is to be stopped, else after `wait_s`. */
export const StopsBody = z.strictObject({ boot_id: Id, wait_s: z.int().min(0).max(30).default(25) });
export const StopsReply = z.object({
  /** Stop these and report `cancelled`. */
  leases: z.array(LeaseId),
});

export const MediaFacts = z.object({
  /** By content, not by name: "png", "jpeg", "mp4", "webm", "mov", "wav" */
  format: z.string().max(20),
  width: z.int().min(1),
  height: z.int().min(1),
  /** 1 for a still. */
  frames: z.int().min(1),
  /** Rational "24000/1001"; absent for a still. */
  rate: z.string().regex(/^\d+\/\d+$/).optional(),
  codec: z.string().max(40).optional(),
  pixel_format: z.string().max(40).optional(),
  audio: z.boolean().default(false),
});
export type MediaFacts = z.infer<typeof MediaFacts>;

const Stored = z.object({ oid: Oid, size: z.int().min(1) });

export const CompleteBody = z.strictObject({
  file: Stored.extend({ extension: z.string().regex(/^[a-z0-9]{2,5}$/) }),
  media: MediaFacts,
  /** WebP or JPEG for lists. */
  poster: Stored.optional(),
  /** H.264 MP4, small, index in front; for video only. */
  proxy: Stored.optional(),
  /** What is needed to make it again: exact ComfyUI prompt, models, versions. Goes into the sidecar. */
  made_with: z.record(z.string(), z.unknown()).default({}),
  /** Seconds of work, and peak VRAM in MiB where it can be measured. */
  seconds: z.number().min(0),
  peak_vram_mb: z.int().min(0).optional(),
  /** Watt hours of the card alone. */
  energy_wh: z.number().min(0).optional(),
});
export type CompleteBody = z.infer<typeof CompleteBody>;

export const FailBody = z.strictObject({
  class: ErrorClass,
  message: z.string().min(1).max(2000),
  detail: z.string().max(20_000).optional(),
  /** What of the machine it was; `none`: the gateway's or the store's doing, so no strike. Absent: the class says all that is known. */
  fault: z.enum([...HostFault.options, "none"]).optional(),
});

/** POST …/release: hand the job back without using up an attempt (drain, spot reclaim). */
export const ReleaseBody = z.strictObject({ reason: z.string().min(1).max(200) });
