import { fitFrames } from "./fit.ts";
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

function converted(frames: number, from: number, to: number): number {
  // Rounded first: 64 * 24 / 16 is 96, not 96.00000001.
  return Math.ceil(Number(((frames * to) / from).toFixed(6)));
}
