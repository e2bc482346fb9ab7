import { shotsOf } from "../../../shared/canvas/chain.ts";
import type { Graph, NodeOf } from "../../../shared/canvas/graph.ts";
import type { Take } from "../../../shared/api/work.ts";
import { usedFrames } from "../sequence.ts";

/** One shot of the film as the preview plays it: all in whole frames at the project's rate. */
export interface Clip {
  shot: NodeOf<"shot">;
  take: Take | null;
  /** First frame in the film, and how many. */
  start: number;
  frames: number;
  /** First frame of the take. */
  from: number;
}

/** The film of an assembler from the shots' active takes and trims; shots without a take keep their place. */
export function timelineOf(
  graph: Graph,
  assembler: string,
  activeTake: (node: string) => Take | null,
): Clip[] {
  let start = 0;
  return shotsOf(graph, assembler).map((shot) => {
    const take = activeTake(shot.id);
    const length = take?.kind === "video"
      ? Math.min(shot.trim_out ?? shot.duration, take.media.frames) - shot.trim_in
      : usedFrames(shot);
    const clip = { shot, take, start, frames: Math.max(0, length), from: shot.trim_in };
    start += clip.frames;
    return clip;
  }).filter((clip) => clip.frames > 0);
}

export function lengthOf(clips: readonly Clip[]): number {
  const last = clips.at(-1);
  return last ? last.start + last.frames : 0;
}

/** The clip that shows a frame of the film; the last one for any frame after the end. */
export function clipAt(clips: readonly Clip[], frame: number): Clip | null {
  return clips.find((clip) => frame < clip.start + clip.frames) ?? clips.at(-1) ?? null;
}
