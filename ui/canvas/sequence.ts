import type { NodeOf } from "../../shared/canvas/graph.ts";
import { lengthAt } from "../../shared/edl/retime.ts";

/** Frames of the film that a shot lasts: between its trims, at its speed. */
export function usedFrames(shot: NodeOf<"shot">): number {
  const used = (shot.trim_out ?? shot.duration) - shot.trim_in;
  return used > 0 ? lengthAt(used, shot.speed ?? 100) : 0;
}

/** Frames of a whole film, with the black in it. */
export function filmFrames(shots: readonly NodeOf<"shot">[], film: NodeOf<"assembler">): number {
  return (film.lead ?? 0) + shots.reduce((sum, shot) => sum + usedFrames(shot) + (shot.gap ?? 0), 0);
}
