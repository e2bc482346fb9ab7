import type { GeneratingNode } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { RunnerManifest, RunnerTier } from "../../shared/runners/manifest.ts";
import { type Tier, TIER_ORDER, TIERS } from "../../shared/tiers.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Params } from "./params.ts";
import { fitPicture, framesToMake, megapixels, type PictureLimits, type Size } from "./picture.ts";

/** What the node asks for, apart from the tier that it will be made at. */
export interface Asked {
  manifest: RunnerManifest;
  node: GeneratingNode;
  project: Pick<ProjectRow, "width" | "height" | "fps">;
  /** Width and height that the node or its params name. */
  explicit: Partial<Size>;
  /** What is taken where they name none: the source's size, else the project's. */
  base: Size;
}

/** Params that come from the node's fields and the project, fitted into a tier. */
export function ownParams(asked: Asked, tier: RunnerTier, text: { prompt: string; seed: number }): Params {
  const { manifest, node, project } = asked;
  const has = (name: string) => manifest.inputs.some((input) => input.name === name);
  const own: Params = {};
  if (text.prompt || has("prompt")) own[has("prompt") ? "prompt" : "instruction"] = text.prompt;
  if (node.negative_prompt) own.negative_prompt = node.negative_prompt;
  own.seed = text.seed;
  if (has("width") && has("height")) Object.assign(own, pictureAt(asked, tier));
  if (manifest.output === "video") {
    own.frames = framesAt(asked);
    own.fps = manifest.native_fps ?? RATES[project.fps].num / RATES[project.fps].den;
  }
  return own;
}

function pictureAt({ manifest, explicit, base }: Asked, tier: RunnerTier): Size {
  return fitPicture({ ...base, ...explicit }, limitsAt(manifest, tier));
}

/** What a picture may measure: the tier's area, the runner's sides. */
export function limitsAt(manifest: RunnerManifest, tier: RunnerTier): PictureLimits {
  const most = (name: string) => {
    const input = manifest.inputs.find((each) => each.name === name);
    return input?.type === "integer" ? input.max : undefined;
  };
  return {
    maxArea: tier.max_area,
    maxWidth: most("width"),
    maxHeight: most("height"),
    step: manifest.size_step,
  };
}

function framesAt({ manifest, node, project }: Asked): number {
  const rate = RATES[project.fps];
  return framesToMake(node.type === "shot" ? node.duration : 1, {
    fps: rate.num / rate.den,
    nativeFps: manifest.native_fps,
    step: manifest.frame_step,
    offset: manifest.frame_offset,
  });
}

/** A tier can hold what is asked: a picture can be made smaller, a shot cannot be made shorter. */
export function tierAllows(asked: Asked): (tier: RunnerTier) => boolean {
  const frames = asked.manifest.output === "video" ? framesAt(asked) : 1;
  return (tier) => tier.max_frames === undefined || frames <= tier.max_frames;
}

/** Throws ProblemError over_tier when a size or length that the artist named does not fit the tier they asked for. */
export function checkTier(asked: Asked, tier: Tier): void {
  const { manifest, node, explicit, base, project } = asked;
  const at = manifest.tiers[tier]!;
  const label = TIERS[tier].label;
  const named = explicit.width !== undefined || explicit.height !== undefined;
  const size = { ...base, ...explicit };
  const limits = limitsAt(manifest, at);
  const most = named ? exceeded(size, limits) : null;
  if (most) {
    const fits = fitPicture(size, limits);
    const above = higher(manifest, tier, (each) => exceeded(size, limitsAt(manifest, each)) === null);
    throw new ProblemError(
      "over_tier",
      `"${node.title}" asks for ${size.width} x ${size.height} (${megapixels(size.width * size.height)}); ` +
        `${manifest.title} at ${label} makes at most ${most}. Make it ${fits.width} x ${fits.height}${
          above ? `, or generate at ${TIERS[above].label}` : ""
        }.`,
    );
  }
  if (!tierAllows(asked)(at)) {
    const rate = RATES[project.fps];
    const fps = rate.num / rate.den;
    const most = Math.floor(at.max_frames! / (manifest.native_fps ?? fps) * fps);
    const above = higher(manifest, tier, tierAllows(asked));
    throw new ProblemError(
      "over_tier",
      `"${node.title}" is ${
        node.type === "shot" ? node.duration : 1
      } frames long; ${manifest.title} at ${label} makes at most ${most}. Shorten it${
        above ? `, or generate at ${TIERS[above].label}` : ", or split it into two shots"
      }.`,
    );
  }
}

function higher(
  manifest: RunnerManifest,
  tier: Tier,
  allows: (tier: RunnerTier) => boolean,
): Tier | undefined {
  return TIER_ORDER.slice(TIER_ORDER.indexOf(tier) + 1).find((each) =>
    manifest.tiers[each] && allows(manifest.tiers[each])
  );
}

/** The limit that a picture goes over, in words; null when it fits. */
function exceeded({ width, height }: Size, { maxArea, maxWidth, maxHeight }: PictureLimits): string | null {
  if (maxArea !== undefined && width * height > maxArea) return megapixels(maxArea);
  if (maxWidth !== undefined && width > maxWidth) return `${maxWidth} pixels in width`;
  if (maxHeight !== undefined && height > maxHeight) return `${maxHeight} pixels in height`;
  return null;
}
