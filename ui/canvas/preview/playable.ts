import { shotsOf } from "../../../shared/canvas/chain.ts";
import type { AudioTrack, Graph, NodeOf, Transition } from "../../../shared/canvas/graph.ts";
import type { Take } from "../../../shared/api/work.ts";
import {
  baseName,
  compileCut,
  type Cut,
  type CutTake,
  soundReel,
  stemOf,
  wipeOf,
} from "../../../shared/edl/mod.ts";
import {
  type FilmNode,
  type FilmTake,
  handleLacking,
  type LaidShot,
  layFilm,
  leastBefore,
  lengthOf,
  rangeOf,
} from "../../../shared/film/mod.ts";
import type { Rate } from "../../../shared/time/rate.ts";

/** A take, a missing one or a sound, as the preview plays it. */
export interface Reel extends CutTake {
  shot?: NodeOf<"shot">;
  take?: Take;
  /** Of a sound: its content, by which the file is fetched. */
  oid?: string;
}

/**
 * The film of an assembler as a render would cut it, from the same rules, but played whatever lacks: a shot without a take keeps
 * its place, a transition that a take has no frames for is shorter.
 */
export function playable(
  graph: Graph,
  assembler: string,
  activeTake: (node: string) => Take | null,
  { rate, drop }: { rate: Rate; drop: boolean },
): Cut<Reel> | null {
  const node = graph.nodes.find((each) => each.id === assembler);
  if (node?.type !== "assembler") return null;
  const takes = new Map<string, FilmTake>();
  const reels: Reel[] = [];
  const shots = shotsOf(graph, assembler).flatMap((shot) => {
    const take = activeTake(shot.id);
    const film = filmTakeOf(shot, take);
    takes.set(shot.id, film);
    reels.push({
      ...{ reel: shot.id, name: film.name, frames: film.frames, still: film.kind === "image" },
      ...{ timecodeStart: 0, shot },
      ...(take ? { take } : {}),
    });
    return mendTrim(shot, film);
  });
  for (const { clips } of node.tracks ?? []) {
    for (const { file } of clips) {
      const name = stemOf(baseName(file.path));
      const sound = { reel: soundReel(file.oid), name, frames: 0, still: false, timecodeStart: 0 };
      reels.push({ ...sound, audio: true, oid: file.oid });
    }
  }
  if (!shots.length) return null;
  const film: FilmNode = { ...node, ...(node.tracks ? { tracks: node.tracks.map(mendTrack) } : {}) };
  const laid = layFilm({ title: "", rate, drop, takes, ...mendMixes(shots, takes, film) });
  return laid.faults.length ? null : compileCut(laid.timeline, reels);
}

function filmTakeOf(shot: NodeOf<"shot">, take: Take | null): FilmTake {
  const still = take?.kind !== "video";
  return {
    ...{ name: take?.name ?? shot.title, reel: shot.id, oid: take?.oid ?? "" },
    ...{ kind: still ? "image" : "video", timecode_start: 0, frames: still ? 1 : take.media.frames },
  };
}

/** The shot within what its take has; nothing when that leaves no frame. */
function mendTrim(shot: NodeOf<"shot">, take: FilmTake): NodeOf<"shot">[] {
  if (take.kind === "image") return lengthOf(shot, take) > 0 ? [{ ...shot }] : [];
  const range = rangeOf(shot, take);
  const held = shot.speed === 0;
  const out = held ? range.out : Math.min(range.out, take.frames);
  return out > range.in && range.in < take.frames ? [{ ...shot, trim_out: out }] : [];
}

/** Transitions and fades no longer than there are frames for. */
function mendMixes(
  shots: readonly NodeOf<"shot">[],
  takes: ReadonlyMap<string, FilmTake>,
  film: FilmNode,
): { shots: NodeOf<"shot">[]; film: FilmNode } {
  const lengths = shots.map((shot) => lengthOf(shot, takes.get(shot.id)!));
  const mended = shots.map((shot, index) => {
    const { transition, from_black, ...rest } = shot;
    const next = shots[index + 1];
    const take = takes.get(shot.id)!;
    const length = lengths[index]!;
    const room = shot.gap ?? (next ? lengths[index + 1]! : 0);
    let out = next && shorter(transition, room);
    const laid = laidAs(shot, take);
    while (out && handleLacking(laid, out.frames) > 0) out = shorter(out, out.frames - 1);
    const black = shorter(from_black, length);
    return { ...rest, ...(out ? { transition: out } : {}), ...(black ? { from_black: black } : {}) };
  });
  const { fade_in, fade_out, ...rest } = film;
  const into = Math.min(fade_in ?? 0, lengths[0]!);
  const last = mended.length - 1;
  const before = mended[last - 1];
  const mixed = last === 0
    ? into || mended[0]!.from_black?.frames || 0
    : (before!.gap ? mended[last]!.from_black?.frames : before!.transition?.frames) ?? 0;
  const ends = laidAs(mended[last]!, takes.get(mended[last]!.id)!);
  const out = Math.min(fade_out ?? 0, ends.length - Math.max(leastBefore(ends), mixed));
  return {
    shots: mended,
    film: { ...rest, ...(into > 0 ? { fade_in: into } : {}), ...(out > 0 ? { fade_out: out } : {}) },
  };
}

function laidAs(shot: NodeOf<"shot">, take: FilmTake): LaidShot {
  const speed = take.kind === "image" ? 100 : shot.speed ?? 100;
  return { shot, take, range: rangeOf(shot, take), length: lengthOf(shot, take), speed };
}

function shorter(mix: Transition | undefined, frames: number): Transition | undefined {
  const length = mix ? Math.min(mix.frames, frames) : 0;
  if (!mix || length < 1) return undefined;
  if (mix.kind === "wipe" && !wipeOf(mix.pattern)) return { kind: "dissolve", frames: length };
  return { ...mix, frames: length };
}

/** A sound ends where the next one of its track begins. */
function mendTrack(track: AudioTrack): AudioTrack {
  const clips = track.clips.toSorted((a, b) => a.at - b.at);
  return {
    ...track,
    clips: clips.flatMap((clip, index) => {
      const next = clips[index + 1];
      const frames = next ? Math.min(clip.frames, next.at - clip.at) : clip.frames;
      return frames > 0 ? [{ ...clip, frames }] : [];
    }),
  };
}
