import { BLACK, type EdlEvent, ownClip } from "./model.ts";

/**
 * The two lines of a transition into `event`: the outgoing picture, no frames long, and the incoming. `from` is the event
 * before, which ends where this one begins; null fades from black. `event.clip` is its own name.
 */
export function transitionLines(
  event: EdlEvent,
  from: EdlEvent | null,
): [EdlEvent, EdlEvent] {
  const { clip: own, to_clip: _, ...incoming } = event;
  const leaves = from && from.reel !== BLACK ? from : null;
  const left = leaves ? ownClip(leaves) : undefined;
  const end = leaves?.source.out ?? 0;
  const outgoing: EdlEvent = {
    number: event.number,
    reel: leaves?.reel ?? BLACK,
    channels: event.channels,
    transition: { kind: "cut" },
    source: { in: end, out: end },
    record: { in: event.record.in, out: event.record.in },
    comments: [],
  };
  return [outgoing, {
    ...incoming,
    ...(left === undefined ? {} : { clip: left }),
    ...(own === undefined ? {} : { to_clip: own }),
  }];
}
