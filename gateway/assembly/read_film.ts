import type { NodeOf, Transition } from "../../shared/canvas/graph.ts";
import {
  BLACK,
  clipOf,
  type EdlEvent,
  framesPerSecond,
  hasPicture,
  lengthAt,
  percentOf,
  wipeOf,
} from "../../shared/edl/mod.ts";
import type { Rate } from "../../shared/time/rate.ts";
import { framesAt } from "./compile.ts";
import { type Match, matchEvent } from "./match.ts";
import type { ConformPlan, ConformSources } from "./plan.ts";

/** Frames of a transition, as the canvas and a CMX3600 list hold them. */
const LONGEST_MIX = 999;

/** A shot as a list uses it. */
export interface Used extends Match {
  shot: NodeOf<"shot">;
  event: EdlEvent;
  place: string;
  /** Into what comes next: the next shot, or the black after this one. */
  out: Transition | null;
  /** Frames of black after it. */
  gap: number;
  /** It follows black: a gap, or the head of the film. */
  after_black: boolean;
  from_black: Transition | null;
}

/** A film as a list tells it. */
export interface ToldFilm {
  used: Used[];
  /** Frames of black before the first shot. */
  lead: number;
  fade_out: number;
}

/** Reads the pictures of a list as the canvas would hold them; what it can't is noted, what is not found listed. */
export function readFilm(sources: ConformSources, plan: ConformPlan): ToldFilm {
  const { timeline, graph, placeOf } = sources;
  const shots = new Map(
    graph.nodes.flatMap((node) => node.type === "shot" ? [[node.id, node] as const] : []),
  );
  const shown = timeline.events.filter((it) => hasPicture(it) && it.record.out > it.record.in)
    .toSorted((a, b) => a.record.in - b.record.in);
  const film: ToldFilm = { used: [], lead: 0, fade_out: 0 };
  const { used } = film;
  /** The event just before on the film, when it was matched. */
  let last: Used | null = null;
  /** Frames of black since then. */
  let black = 0;
  let end: number | null = null;
  for (const [index, event] of shown.entries()) {
    const place = placeOf(event);
    const length = event.record.out - event.record.in;
    black += Math.max(0, event.record.in - (end ?? event.record.in));
    end = Math.max(end ?? 0, event.record.out);
    const mix = mixOf(event, place, plan);
    if (event.reel === BLACK) {
      const into = mix && last && black === 0 ? { ...mix, frames: Math.min(mix.frames, length) } : null;
      if (into && last && index === shown.length - 1) {
        if (into.kind === "wipe") plan.notes.push(`The wipe to black at ${place} becomes a fade.`);
        film.fade_out = into.frames;
        extend(last, into.frames, timeline.rate);
        black = length - into.frames;
      } else {
        if (into && last) last.out = into;
        black += length;
      }
      continue;
    }
    const found = matchEvent(event, timeline, sources);
    const shot = typeof found === "string" ? undefined : shots.get(found.take.node_id);
    const reason = typeof found === "string" ? found : reasonAgainst(found, shot, used);
    if (typeof found === "string" || !shot || reason) {
      plan.unmatched.push({ place, name: clipOf(event), reason: reason ?? "" });
      last = null;
      continue;
    }
    const head = used.length === 0;
    const previous: Used | null = last;
    const after_black: boolean = head ? index === heads(shown, event) : black > 0;
    if (head) film.lead = black;
    else if (black) used.at(-1)!.gap = black;
    else if (previous) previous.out = mix;
    if (mix && !after_black && !previous) {
      plan.notes.push(`The transition at ${place} becomes a cut: what it leaves is not found.`);
    }
    last = {
      ...{ ...found, shot, event, place, out: null, gap: 0, after_black },
      from_black: after_black ? mix : null,
    };
    used.push(last);
    black = 0;
  }
  if (black && used.length) used.at(-1)!.gap = black;
  return film;
}

/** Index of an event that only black comes before; else none. */
function heads(shown: readonly EdlEvent[], event: EdlEvent): number {
  const index = shown.indexOf(event);
  return shown.slice(0, index).every((it) => it.reel === BLACK) ? index : -1;
}

/** The transition into an event, as the canvas can hold it. */
function mixOf({ transition }: EdlEvent, place: string, plan: ConformPlan): Transition | null {
  if (transition.kind === "cut" || (transition.kind !== "key" && transition.frames === 0)) return null;
  if (transition.kind === "key") {
    plan.notes.push(`The key at ${place} becomes a cut.`);
    return null;
  }
  const frames = Math.min(transition.frames, LONGEST_MIX);
  if (transition.frames > frames) {
    plan.notes.push(`The ${transition.kind} of ${transition.frames} frames at ${place} is cut to ${frames}.`);
  }
  if (transition.kind === "dissolve") return { kind: "dissolve", frames };
  if (wipeOf(transition.pattern)) return { kind: "wipe", pattern: transition.pattern, frames };
  plan.notes.push(
    `Wipe ${transition.pattern} at ${place} is not one that can be drawn; it becomes wipe 1, left to right.`,
  );
  return { kind: "wipe", pattern: 1, frames };
}

function reasonAgainst(match: Match, shot: NodeOf<"shot"> | undefined, used: readonly Used[]): string | null {
  if (!shot) return `${match.take.name} belongs to no shot on the canvas.`;
  const twice = used.find((each) => each.shot.id === shot.id);
  if (!twice) return null;
  return `${shot.shot} is in the film already (${twice.place}), and a shot is in a film once; duplicate it on the canvas.`;
}

/** What fades to black at the end of a film is, on the canvas, the last frames of its last shot. */
function extend(last: Used, by: number, rate: Rate): void {
  const { range, speed, event, take } = last;
  if (take.kind === "image" || speed === 0) {
    last.range = { in: range.in, out: range.out + by };
    return;
  }
  const most = framesAt(take, rate);
  const said = event.speed ?? framesPerSecond(speed, rate);
  // Too short for its speed to show: then M2 alone tells it.
  const plain = speed === 100 && framesPerSecond(100, rate) === said;
  if (plain) {
    last.range = { in: range.in, out: Math.min(most, range.out + by) };
    return;
  }
  const used = range.out - range.in;
  const left = event.record.out - event.record.in;
  const length = left + by;
  const longer = longerOf(used, left, length, (said * 100) / framesPerSecond(100, rate), said, rate);
  last.range = said < 0
    ? { in: Math.max(0, range.out - longer), out: range.out }
    : { in: range.in, out: Math.min(most, range.in + longer) };
  last.speed = percentOf(last.range.out - last.range.in, length, said, rate);
}

/** Frames of source under `length` frames of film, of which `used` are those under the first `left`: as the speed says. */
function longerOf(
  used: number,
  left: number,
  length: number,
  speed: number,
  said: number,
  rate: Rate,
): number {
  const low = Math.ceil((used * length) / left);
  const high = Math.max(low, Math.ceil(((used + 1) * length) / left) - 1);
  const near = Math.round((length * Math.abs(speed)) / 100);
  const inside = Math.min(high, Math.max(low, near));
  for (let apart = 0; apart <= high - low; apart++) {
    for (const tried of [inside + apart, inside - apart]) {
      if (tried < low || tried > high) continue;
      const percent = percentOf(tried, length, said, rate);
      if (lengthAt(tried, percent) === length && framesPerSecond(percent, rate) === said) return tried;
    }
  }
  return inside;
}
