import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import type { JobRow } from "../jobs/mod.ts";

/** Keys that stand first in the file, in this order: what a person looks for; the rest follows by name. */
const ORDER = [
  "schema",
  "name",
  "shot",
  "version",
  "take",
  "kind",
  "prompt",
  "seed",
  "runner",
  "tier",
  "fallback",
  "params",
  "inputs",
  "made_from",
  "settings",
  "models",
  "file",
  "media",
  "timecode",
  "reel",
  "agent",
  "job",
  "times",
  "made_with",
];

/** Everything a take was made from: enough to make it again. Lies beside the master as JSON (DESIGN.md 8). */
export function sidecarOf(
  job: JobRow,
  spec: GenerateSpec,
  done: z.infer<typeof CompleteBody>,
  { agent, at }: { agent: string | null; at: Date },
): Record<string, unknown> {
  const { models, ...made_with } = done.made_with;
  return storable({
    schema: 1,
    name: spec.take.name,
    shot: spec.take.shot,
    version: spec.take.version,
    take: spec.take.take,
    kind: spec.output,
    prompt: spec.params.prompt ?? null,
    seed: spec.params.seed ?? null,
    runner: { id: spec.runner, version: spec.runner_version },
    tier: { asked: job.tier_requested ?? spec.tier, used: job.tier ?? spec.tier },
    fallback: job.fallback,
    params: spec.params,
    inputs: spec.inputs,
    made_from: spec.made_from ?? null,
    settings: spec.settings ?? null,
    models: models ?? [],
    file: done.file,
    media: done.media,
    timecode: { start: spec.timecode_start, fps: spec.fps },
    reel: spec.reel,
    agent,
    job: { id: job.id, title: job.title, attempt: job.attempt, created_by: job.created_by },
    times: {
      queued: job.created_at.toISOString(),
      started: job.started_at?.toISOString() ?? null,
      finished: at.toISOString(),
      seconds: done.seconds,
      ...(done.peak_vram_mb === undefined ? {} : { peak_vram_mb: done.peak_vram_mb }),
      ...(done.energy_wh === undefined ? {} : { energy_wh: done.energy_wh }),
    },
    // The exact ComfyUI prompt and versions, as the agent sent them.
    made_with,
  }) as Record<string, unknown>;
}

/** As the file has it: jsonb keeps no order of keys, so it is made here, the same each time. */
export function writeSidecar(sidecar: Record<string, unknown>): string {
  const rank = (key: string) => ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length;
  const keys = Object.keys(sidecar).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, sorted(sidecar[key])])), null, 2) + "\n";
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** Levels of nesting that are kept; a ComfyUI prompt has four. Deeper would overflow whoever writes it as JSON. */
const DEEPEST = 100;

/** jsonb holds neither NUL nor half a surrogate pair; a log line that an agent sent must not cost a finished take. */
function storable(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\ufffd");
  if (value === null || typeof value !== "object") return value;
  if (depth === DEEPEST) {
    throw new ProblemError(
      "unprocessable",
      `What the take was made with is nested deeper than ${DEEPEST} levels; report it flatter.`,
    );
  }
  if (Array.isArray(value)) return value.map((each) => storable(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [storable(key) as string, storable(each, depth + 1)]),
  );
}
