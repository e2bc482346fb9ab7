import type { NodeOf } from "../../shared/canvas/graph.ts";

/** Frames of a shot that the film shows: between its trims. */
export function usedFrames(shot: NodeOf<"shot">): number {
  return Math.max(0, (shot.trim_out ?? shot.duration) - shot.trim_in);
}
