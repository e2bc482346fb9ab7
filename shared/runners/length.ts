import type { RunnerManifest, RunnerTier } from "./manifest.ts";

export interface ModelLength {
  /** A length that the tier's model can make. */
  frames: number;
  /** Frames per second that it makes. */
  fps: number;
}

/**
 * The clip that a tier's model must make. A job counts frames at the runner's rate (`runnerFps`, its `native_fps` or
 * else the project's); a tier whose model has another rate makes as many seconds in its own frames.
 */
export function modelLength(
  manifest: Pick<RunnerManifest, "frame_step" | "frame_offset">,
  tier: Pick<RunnerTier, "max_frames" | "native_fps">,
  frames: number,
  runnerFps: number,
): ModelLength {
  const fps = tier.native_fps ?? runnerFps;
  if (fps === runnerFps) return { frames, fps };
  const step = manifest.frame_step;
  const offset = manifest.frame_offset;
  const most = tier.max_frames === undefined ? null : converted(tier.max_frames, runnerFps, fps);
  return { frames: fitFrames(converted(frames, runnerFps, fps), { step, offset, max: most }), fps };
}

export interface FrameLimits {
  /** A length must be `step * k + offset`. */
  step: number;
  offset: number;
  /** Most frames in one take; absent or null is unlimited. */
  max?: number | null;
}

/**
 * The shortest length the model can make that holds `frames`, or the longest it can make when that is less: what is
 * too long is cut afterwards, what is missing cannot be invented. At least one frame.
 */
export function fitFrames(frames: number, { step, offset, max }: FrameLimits): number {
  const asked = Math.max(1, Math.round(Number.isFinite(frames) ? frames : 1));
  const least = offset >= 1 ? offset : step + offset;
  const up = Math.max(least, Math.ceil((asked - offset) / step) * step + offset);
  if (max === undefined || max === null || up <= max) return up;
  return Math.max(least, Math.floor((max - offset) / step) * step + offset);
}

function converted(frames: number, from: number, to: number): number {
  // Rounded first: 64 * 24 / 16 is 96, not 96.00000001.
  return Math.ceil(Number(((frames * to) / from).toFixed(6)));
}
