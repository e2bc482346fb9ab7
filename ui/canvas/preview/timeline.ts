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
  /** Frames for which it stays under the next clip while that one comes in. */
  dissolve: number;
}

/** The film of an assembler from the shots' active takes and trims; shots without a take keep their place. */
export function timelineOf(
  graph: Graph,
  assembler: string,
  activeTake: (node: string) => Take | null,
): Clip[] {
  let start = 0;
  const clips = shotsOf(graph, assembler).map((shot) => {
    const take = activeTake(shot.id);
    const length = take?.kind === "video"
      ? Math.min(shot.trim_out ?? shot.duration, take.media.frames) - shot.trim_in
      : usedFrames(shot);
    const clip = { shot, take, start, frames: Math.max(0, length), from: shot.trim_in, dissolve: 0 };
    start += clip.frames;
    return clip;
  }).filter((clip) => clip.frames > 0);
  for (const [index, clip] of clips.entries()) {
    const next = clips[index + 1];
    // What a take has after its trim is what it can give to a dissolve.
    const left = clip.take?.kind === "video" ? clip.take.media.frames - clip.from - clip.frames : Infinity;
    if (next) clip.dissolve = Math.max(0, Math.min(clip.shot.transition?.frames ?? 0, left, next.frames));
  }
  return clips;
}

/** How much of a clip is seen at a frame of the film, 0 to 1. A clip that comes in lies over the one before it. */
export function opacityAt(clips: readonly Clip[], index: number, frame: number): number {
  const clip = clips[index];
  if (!clip || frame < clip.start || frame >= clip.start + clip.frames + clip.dissolve) return 0;
  const coming = clips[index - 1]?.dissolve ?? 0;
  const inside = frame - clip.start;
  return inside < coming ? (inside + 1) / (coming + 1) : 1;
}

/** How black the film is at a frame, 0 to 1: the assembler's fades. */
export function blackAt(
  length: number,
  fades: { fade_in?: number; fade_out?: number },
  frame: number,
): number {
  const into = fades.fade_in ?? 0, out = fades.fade_out ?? 0;
  const rising = frame < into ? 1 - (frame + 1) / (into + 1) : 0;
  const left = length - 1 - frame;
  const falling = left < out ? 1 - (left + 1) / (out + 1) : 0;
  return Math.max(rising, falling);
}

export function lengthOf(clips: readonly Clip[]): number {
  const last = clips.at(-1);
  return last ? last.start + last.frames : 0;
}

/** The clip that shows a frame of the film; the last one for any frame after the end. */
export function clipAt(clips: readonly Clip[], frame: number): Clip | null {
  return clips.find((clip) => frame < clip.start + clip.frames) ?? clips.at(-1) ?? null;
}
