import {
  AUXILIARY,
  baseName,
  type EdlEvent,
  framesSince,
  ownClip,
  stemOf,
  type Timeline,
} from "../../shared/edl/mod.ts";
import type { TakeRow } from "../takes/mod.ts";

/** The take that a line of a cut list means, and the frames of it. */
export interface Match {
  take: TakeRow;
  range: { in: number; out: number };
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
  const length = event.source.out - event.source.in;
  if (take.kind === "image") return { take, range: { in: 0, out: event.record.out - event.record.in } };
  const { frames } = take.media;
  const start = framesSince(take.timecode_start, event.source.in, timeline);
  if (start >= 0 && start + length <= frames) return { take, range: { in: start, out: start + length } };
  // Programs that do not read the embedded timecode count from zero.
  if (event.source.out <= frames) return { take, range: { ...event.source } };
  return `It uses frames ${start} to ${start + length - 1} of ${take.name}, which has ${frames}: 0 to ${
    frames - 1
  }.`;
}

function holds(event: EdlEvent, timeline: Timeline, take: TakeRow): boolean {
  const start = framesSince(take.timecode_start, event.source.in, timeline);
  return start >= 0 && start + event.source.out - event.source.in <= take.media.frames;
}
