import { z } from "zod";
import { ASSET_FOLDERS, AssetFolder } from "../../shared/assets/asset.ts";
import { CreateProject, UpdateProject } from "../../shared/api/project.ts";
import { Id } from "../../shared/ids.ts";
import { JobError, JobSpec, Priority } from "../../shared/jobs/job.ts";
import { Oid } from "../../shared/lfs/pointer.ts";
import { BranchName } from "../../shared/project/branch.ts";
import { ShotName, takeName, takePath } from "../../shared/takes/name.ts";
import { Tier } from "../../shared/tiers.ts";

/** Where the studio's own part of an archive lies, below the project's folder: out of the way of whoever unpacks it. */
export const STUDIO = ".studio";
export const RECORD = `${STUDIO}/archive.json`;
export const BUNDLE = `${STUDIO}/history.bundle`;
export const ROWS = `${STUDIO}/records.jsonl`;
/** Media that no file of main is: of other branches, of history, posters and proxies. */
export const OBJECTS = `${STUDIO}/objects`;

const Part = z.strictObject({ size: z.int().min(0), sha256: Oid });
const Time = z.iso.datetime({ offset: true });
const Count = z.int().min(0).max(2 ** 31 - 1);
const Frames = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `archive.json`: what the archive is. */
export const ArchiveRecord = z.strictObject({
  format: z.literal("generative-media-studio project"),
  schema: z.literal(1),
  made_at: Time,
  media: z.enum(["all", "pointers"]),
  project: z.strictObject({
    ...CreateProject.shape,
    id: Id,
    created_at: Time,
    /** Where the next take's own timecode begins, frames. */
    next_timecode: Frames,
  }),
  /** The commit of main whose files lie beside this folder. */
  head: z.string().regex(/^[0-9a-f]{40}$/),
  bundle: Part,
  records: Part,
});
export type ArchiveRecord = z.infer<typeof ArchiveRecord>;

const Name = z.string().min(1).max(500);
const Path = z.string().min(1).max(1000);

/** Of a branch; absent: of main, as in archives of studios that knew no other. */
const OnBranch = z.string().min(1).max(200).optional();

/** A branch beside main: its commits are in the bundle, under its name or, since it was discarded, under `kept_ref`. */
const BranchLine = z.strictObject({
  name: BranchName,
  title: z.string().min(1).max(200),
  settings: UpdateProject.pick({ title: true, description: true, quality: true }),
  begun_sha: z.string().regex(/^[0-9a-f]{40}$/),
  made_by: z.string().max(500),
  made_at: Time,
  discarded_by: z.string().max(500).nullable(),
  discarded_at: Time.nullable(),
  kept_ref: z.string().max(300).nullable(),
});

const JobLine = z.strictObject({
  id: Id,
  branch: OnBranch,
  kind: z.enum(["generate", "assemble"]),
  node_id: z.string().max(200).nullable(),
  title: z.string().max(1000),
  runner: Name,
  tier_requested: Tier.nullable(),
  tier: Tier.nullable(),
  fallback: z.string().max(1000).nullable(),
  capability: Name,
  vram_mb: Count,
  ram_mb: Count,
  disk_mb: Count,
  fit: z.int().min(0).max(32_767),
  priority: Priority,
  state: z.enum(["succeeded", "failed", "cancelled"]),
  attempt: z.int().min(0).max(32_767),
  max_attempts: z.int().min(0).max(32_767),
  oom_retries: z.int().min(0).max(32_767),
  max_run_s: Count,
  spec: JobSpec,
  take: z.object({ name: z.string().max(200) }).loose().nullable(),
  error: JobError.nullable(),
  created_by: z.string().max(500).nullable(),
  created_at: Time,
  started_at: Time.nullable(),
  finished_at: Time,
});

const EventLine = z.strictObject({
  job_id: Id,
  at: Time,
  kind: Name,
  sentence: z.string().max(10_000),
  data: z.record(z.string(), z.unknown()).nullable(),
});

const TakeLine = z.strictObject({
  id: Id,
  branch: OnBranch,
  node_id: Name,
  shot: ShotName,
  version: z.int().min(1).max(999_999),
  take: z.int().min(1).max(999_999),
  name: Name,
  job_id: Id,
  kind: z.enum(["image", "video"]),
  tier_requested: Tier,
  tier: Tier,
  runner: Name,
  oid: Oid,
  size: Frames,
  extension: z.string().regex(/^[a-z0-9]{1,8}$/),
  media: z.record(z.string(), z.unknown()),
  poster_oid: Oid.nullable(),
  proxy_oid: Oid.nullable(),
  reel: Name,
  timecode_start: Frames,
  path: Path,
  sidecar: z.record(z.string(), z.unknown()),
  committed_at: Time.nullable(),
  created_at: Time,
}).refine((row) => row.name === takeName(row) && row.path === takePath(row, row.extension), {
  error: "name and path are not those of its shot, version and take",
});

const ExportLine = z.strictObject({
  id: Id,
  branch: OnBranch,
  job_id: Id,
  name: Name,
  version: Count,
  frames: Count,
  edl: z.string(),
  oid: Oid,
  size: Frames,
  poster_oid: Oid.nullable(),
  proxy_oid: Oid.nullable(),
  path: Path.startsWith("06_Exports/"),
  edl_path: Path.startsWith("06_Exports/"),
  /** What it is delivered as, and how much of it is end titles; absent in archives of before. */
  format: z.string().max(100).nullable().optional(),
  credits_frames: Count.optional(),
  committed_at: Time.nullable(),
  created_at: Time,
});

const AssetLine = z.strictObject({
  id: Id,
  folder: AssetFolder,
  name: Name,
  path: Path,
  oid: Oid,
  size: Frames,
  format: Name,
  width: Count.nullable(),
  height: Count.nullable(),
  created_by: z.string().max(500),
  committed_at: Time.nullable(),
  created_at: Time,
}).refine((row) => row.path === `${ASSET_FOLDERS[row.folder].path}/${row.name}`, {
  error: "its path is not that of its folder and name",
});

/** The kinds of lines of `records.jsonl`, in the order in which they stand there: what others refer to comes first. */
export const LINES = {
  branch: BranchLine,
  job: JobLine,
  job_event: EventLine,
  take: TakeLine,
  active_take: z.strictObject({ branch: OnBranch, node_id: Name, take_id: Id }),
  take_counter: z.strictObject({ shot: ShotName, version: Count, last_take: Count }),
  export: ExportLine,
  asset: AssetLine,
  /** `file`: where it lies in the archive, below the project's folder; null when it is not in it. */
  object: z.strictObject({ oid: Oid, size: Frames, file: Path.nullable() }),
} as const;
export type Kind = keyof typeof LINES;
export type Row<K extends Kind = Kind> = z.infer<(typeof LINES)[K]>;

export function isKind(word: string): word is Kind {
  return Object.hasOwn(LINES, word);
}
