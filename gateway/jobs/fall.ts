import type { GenerateSpec } from "../../shared/jobs/job.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { type Tier, TIERS, tiersFrom } from "../../shared/tiers.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "./mod.ts";
import { limitsAt } from "./own_params.ts";
import { fitPicture, type PictureLimits } from "./picture.ts";
import type { Room } from "./room.ts";
import { needAt } from "./tier.ts";

export type Lower = Pick<
  JobRow,
  "tier" | "fallback" | "capability" | "vram_mb" | "ram_mb" | "disk_mb" | "fit" | "spec"
>;

/** What becomes of a job that ran out of memory twice: a tier lower, or `to` null and why not. */
export async function fallLower(
  { studio }: Room,
  tx: Tx,
  job: JobRow,
  agent: string,
): Promise<{ to: Lower | null; sentence: string }> {
  const { spec, tier } = job;
  if (spec.kind !== "generate" || !tier) {
    return {
      to: null,
      sentence: `${agent} ran out of memory twice; free some on the agents, then retry it.`,
    };
  }
  const asked = TIERS[job.tier_requested ?? tier].label;
  const at = TIERS[tier].label;
  const project = await studio.projects.byId(tx, job.project_id);
  if (project?.fallback === "wait") {
    return {
      to: null,
      sentence:
        `${agent} ran out of memory twice at ${at}, and this project does not fall back to a lower tier. ` +
        `Generate it lower, or allow the fallback in the project's settings.`,
    };
  }
  const manifest = (await studio.runners.of(job.tenant_id, tx)).find(job.runner);
  const lower = manifest && tiersFrom(tier).slice(1).find((each) => holds(spec, manifest.tiers[each]));
  if (!manifest || !lower) {
    return {
      to: null,
      sentence:
        `${agent} ran out of memory twice at ${at}, and there is no lower tier that could make it. Make it smaller or shorter, or add a larger card.`,
    };
  }
  const label = TIERS[lower].label;
  return {
    to: {
      ...loweredTo(manifest, spec, lower),
      fallback: `${asked} asked, made at ${label}: ${agent} ran out of memory twice at ${at}.`,
    },
    sentence: `${agent} ran out of memory again at ${at}; it is made at ${label} instead.`,
  };
}

/** What of a job is another at a lower tier of its runner. */
export function loweredTo(
  manifest: RunnerManifest,
  spec: GenerateSpec,
  lower: Tier,
): Omit<Lower, "fallback"> {
  const { tier, ...need } = needAt(manifest, lower)!;
  return { ...need, tier, spec: lowered(spec, tier, limitsAt(manifest, manifest.tiers[tier]!)) };
}

/** A tier that its shot is not too long for. */
export function holds(spec: GenerateSpec, at: { max_frames?: number | undefined } | undefined): boolean {
  const { frames } = spec.params;
  return at !== undefined &&
    (at.max_frames === undefined || typeof frames !== "number" || frames <= at.max_frames);
}

function lowered(spec: GenerateSpec, tier: Tier, limits: PictureLimits): GenerateSpec {
  const { width, height } = spec.params;
  const size = typeof width === "number" && typeof height === "number"
    ? fitPicture({ width, height }, limits)
    : {};
  return { ...spec, tier, params: { ...spec.params, ...size } };
}
