import {
  AUXILIARY,
  baseName,
  type EdlEvent,
  framesSince,
  ownClip,
  percentOf,
  speedOf,
  stemOf,
  type Timeline,
} from "../../shared/edl/mod.ts";
import type { Rate } from "../../shared/time/rate.ts";
import type { TakeRow } from "../takes/mod.ts";
import { framesAt } from "./compile.ts";

/** The take that a line of a cut list means, the frames of it, and how fast they go. */
export interface Match {
  take: TakeRow;
  /** Frames of the take, between which the shot is trimmed. */
  range: { in: number; out: number };
  /** Percent of normal. */
  speed: number;
}

export interface Pool {
  takes: readonly TakeRow[];
  /** The chosen take of each node. */
  active: ReadonlyMap<string, TakeRow>;
}

/**
 * Finds an event's take: by reel, by the clip's name, by its source timecode, by the name of its shot, in that order.
 * A sentence when there is none, or when it lacks the frames.
 */
export function matchEvent(event: EdlEvent, timeline: Timeline, pool: Pool): Match | string {
  const names = [event.reel, ownClip(event) ?? ""].filter((name) => name !== "" && name !== AUXILIARY)
    .map((name) => stemOf(baseName(name)).toUpperCase());
  const { takes, active } = pool;
  const named = takes.find((take) => take.reel === event.reel) ??
    takes.find((take) => take.reel.toUpperCase() === event.reel.toUpperCase()) ??
    takes.find((take) => names.includes(take.name.toUpperCase()));
  if (named) return fitted(event, timeline, named);
  const inTime = takes.filter((take) => take.kind === "video" && holds(event, timeline, take));
  if (inTime.length === 1) return fitted(event, timeline, inTime[0]!);
  const ofShot = takes.filter((take) => names.includes(take.shot.toUpperCase()));
  const chosen = ofShot.find((take) => active.get(take.node_id)?.id === take.id);
  if (chosen) return fitted(event, timeline, chosen);
  return `No take has the reel "${event.reel}"${
    ownClip(event) === undefined ? "" : `, the name "${ownClip(event)}"`
  } or this source timecode.`;
}

function fitted(event: EdlEvent, timeline: Timeline, take: TakeRow): Match | string {
  const length = event.record.out - event.record.in;
  if (take.kind === "image") return { take, range: { in: 0, out: length }, speed: 100 };
  const { used, span, speed } = playedOf(event, timeline.rate);
  const frames = framesAt(take, timeline.rate);
  const start = framesSince(take.timecode_start, span.in, timeline);
  // A held frame needs no more than itself; its trim says how long.
  const held = speed === 0;
  if (start >= 0 && start + (held ? 1 : used) <= frames) {
    return { take, range: { in: start, out: start + (held ? length : used) }, speed };
  }
  // Programs that do not read the embedded timecode count from zero.
  if (held ? span.in < frames : span.out <= frames) {
    return { take, range: held ? { in: span.in, out: span.in + length } : span, speed };
  }
  return `It uses frames ${start} to ${start + used - 1} of ${take.name}, which has ${frames}: 0 to ${
    frames - 1
  }.`;
}

/** The frames that an event plays, by the list's source timecode. */
function playedOf(event: EdlEvent, rate: Rate) {
  const length = event.record.out - event.record.in;
  const speed = speedOf(event, rate);
  if (!speed) {
    // A run so short that its speed takes or gives no frame keeps the speed that is named.
    const named = event.speed === undefined || length === 0
      ? 100
      : percentOf(length, length, event.speed, rate);
    return { used: length, span: { in: event.source.in, out: event.source.in + length }, speed: named };
  }
  const { used, backwards, held } = speed;
  const { source } = event;
  const span = backwards
    ? { in: source.out - used, out: source.out }
    : { in: source.in, out: source.in + used };
  if (held) return { used, span, speed: 0 };
  // A list without M2 has the same number of frames, or is refused where it is read.
  return { used, span, speed: percentOf(used, length, event.speed ?? 0, rate) };
}

function holds(event: EdlEvent, timeline: Timeline, take: TakeRow): boolean {
  const { used, span } = playedOf(event, timeline.rate);
  const start = framesSince(take.timecode_start, span.in, timeline);
  return start >= 0 && start + used <= framesAt(take, timeline.rate);
}
