import { shotsOf } from "../../shared/canvas/chain.ts";
import type { Graph, NodeOf } from "../../shared/canvas/graph.ts";
import {
  BLACK,
  type EdlEvent,
  MAX_EVENTS,
  type Range,
  RECORD_START_HOUR,
  type Timeline,
  transitionLines,
} from "../../shared/edl/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { nominalRate, type RateName, RATES } from "../../shared/time/rate.ts";
import type { TakeRow } from "../takes/mod.ts";

/** An assembler's film: the cut and the takes that it is cut from, one per reel. */
export interface Compiled {
  timeline: Timeline;
  frames: number;
  takes: TakeRow[];
}

export function assemblerOf(graph: Graph, id: string): NodeOf<"assembler"> {
  const node = graph.nodes.find((each) => each.id === id);
  if (node?.type === "assembler") return node;
  throw new ProblemError("not_found", `There is no assembler "${id}" on this canvas.`);
}

/** The shots of the film, or the problem that says what to connect. */
export function chainOf(graph: Graph, node: NodeOf<"assembler">): NodeOf<"shot">[] {
  const shots = shotsOf(graph, node.id);
  if (!shots.length) {
    throw new ProblemError(
      "unprocessable",
      `Nothing is connected to "${node.title}"; wire the last shot of the film into it.`,
    );
  }
  if (shots.length > MAX_EVENTS) {
    throw new ProblemError(
      "unprocessable",
      `The film has ${shots.length} shots and an EDL holds ${MAX_EVENTS}; give its parts assemblers of their own.`,
    );
  }
  return shots;
}

export interface Fades {
  /** Frames out of black at the head, and into it at the tail. */
  fade_in?: number | undefined;
  fade_out?: number | undefined;
}

/** A shot as the film uses it. */
interface Laid {
  shot: NodeOf<"shot">;
  take: TakeRow;
  /** Frames of the take. */
  range: Range;
}

/**
 * Lays the active takes one after another from 01:00:00:00, each by its own timecode and within its trim; a dissolve
 * begins at the cut, where the outgoing take runs on. ProblemError unprocessable names every shot that has no take, is
 * trimmed outside it or lacks the frames of its dissolve, not only the first.
 */
export function compileFilm(
  shots: readonly NodeOf<"shot">[],
  active: ReadonlyMap<string, TakeRow>,
  fps: RateName,
  title: string,
  fades: Fades = {},
): Compiled {
  const faults: Fault[] = [];
  const laid: Laid[] = [];
  for (const shot of shots) {
    const take = active.get(shot.id);
    const fault = faultOf(shot, take);
    if (fault !== null || !take) faults.push({ path: shot.id, message: fault ?? "" });
    else laid.push({ shot, take, range: rangeOf(shot, take) });
  }
  if (!faults.length) faults.push(...transitionFaults(laid, fades));
  if (faults.length) throw notReady(faults, shots.length);
  const rate = RATES[fps];
  const events = eventsOf(laid, nominalRate(rate) * 3600 * RECORD_START_HOUR, fades);
  return {
    timeline: { title, rate, drop: false, comments: [], events },
    frames: events.at(-1)!.record.out - events[0]!.record.in,
    takes: [...new Map(laid.map(({ take }) => [take.reel, take])).values()],
  };
}

function eventsOf(laid: readonly Laid[], start: number, fades: Fades): EdlEvent[] {
  const events: EdlEvent[] = [];
  let at = start;
  for (const [index, { shot, take, range }] of laid.entries()) {
    const length = range.out - range.in;
    // A still has one frame and is held: its source timecode runs on under it.
    const from = take.timecode_start + (take.kind === "image" ? 0 : range.in);
    const event: EdlEvent = {
      number: index + 1,
      reel: take.reel,
      channels: "V",
      transition: { kind: "cut" },
      source: { in: from, out: from + length },
      record: { in: at, out: at + length },
      clip: take.name,
      comments: [`SHOT: ${shot.shot}`, `LFS OID: sha256:${take.oid}`],
    };
    const mixed = index > 0 ? laid[index - 1]!.shot.transition?.frames : fades.fade_in;
    if (mixed) events.push(...dissolve(event, mixed, events.at(-1) ?? null));
    else events.push(event);
    at += length;
  }
  return fades.fade_out ? fadedOut(events, fades.fade_out, laid.length + 1) : events;
}

function dissolve(event: EdlEvent, frames: number, from: EdlEvent | null): EdlEvent[] {
  return transitionLines({ ...event, transition: { kind: "dissolve", frames } }, from);
}

/** The last frames of the last shot are those that black comes over: the film gets no longer. */
function fadedOut(events: EdlEvent[], frames: number, number: number): EdlEvent[] {
  const last = events.at(-1)!;
  const { out } = last.record;
  last.record.out -= frames;
  last.source.out -= frames;
  const black: EdlEvent = {
    ...{ number, reel: BLACK, channels: "V", transition: { kind: "cut" }, comments: [] },
    source: { in: 0, out: frames },
    record: { in: out - frames, out },
  };
  return [...events, ...dissolve(black, frames, last)];
}

/** Each shot that is too short, or has too little after its trim, for what is to be mixed over it. */
function transitionFaults(laid: readonly Laid[], fades: Fades): Fault[] {
  const faults: Fault[] = [];
  for (const [index, { shot, take, range }] of laid.entries()) {
    const length = range.out - range.in;
    const mixed = shot.transition?.frames ?? 0;
    const next = laid[index + 1];
    const before = index > 0 ? laid[index - 1]!.shot.transition?.frames ?? 0 : fades.fade_in ?? 0;
    const after = next ? 0 : fades.fade_out ?? 0;
    const has = take.media.frames - range.out;
    if (next && take.kind === "video" && has < mixed) {
      faults.push({
        path: shot.id,
        message:
          `${shot.shot} dissolves into ${next.shot.shot} for ${mixed} frames and ${take.name} has ${has} ` +
          `after its trim; set its out to ${range.out - mixed + has} or shorten the dissolve.`,
      });
    }
    // A frame at least is left to fade out of.
    if (Math.max(before, after ? 1 : 0) + after > length) {
      faults.push({
        path: shot.id,
        message: `${shot.shot} lasts ${length} frames, too few for ${
          [...(before ? [`${before} mixed in`] : []), ...(after ? [`${after} faded out`] : [])].join(" and ")
        }; shorten that or trim the shot less.`,
      });
    }
  }
  return faults;
}

interface Fault {
  path: string;
  message: string;
}

/** Frames of the take that the film shows. */
export function rangeOf(shot: NodeOf<"shot">, take: TakeRow): Range {
  const end = take.kind === "image" ? shot.duration : take.media.frames;
  return { in: shot.trim_in, out: shot.trim_out ?? end };
}

function faultOf(shot: NodeOf<"shot">, take: TakeRow | undefined): string | null {
  if (!take) return `${shot.shot} has no take yet; generate one.`;
  const range = rangeOf(shot, take);
  if (range.out <= range.in) {
    return `${shot.shot} is trimmed from frame ${range.in} to ${range.out}: nothing of it is left.`;
  }
  if (take.kind === "video" && range.out > take.media.frames) {
    return `${shot.shot} is trimmed to end at frame ${range.out}, and ${take.name} has ${take.media.frames}; ` +
      `trim it to ${take.media.frames} at most or make a longer take.`;
  }
  return null;
}

function notReady(faults: Fault[], shots: number): ProblemError {
  const named = faults.slice(0, 5).map((fault) => fault.message).join(" ");
  const more = faults.length > 5 ? ` And ${faults.length - 5} more.` : "";
  return new ProblemError(
    "unprocessable",
    `${faults.length} of ${shots} ${shots === 1 ? "shot" : "shots"} cannot be cut yet. ${named}${more}`,
    { errors: faults },
  );
}
