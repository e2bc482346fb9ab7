import { BLACK, type EdlEvent, hasPicture, type Range, type Timeline } from "../edl/mod.ts";
import { FcpxmlError } from "./xml.ts";

/** An element of the spine: a picture, or the black between. Frames of the film. */
export interface SpineItem {
  event: EdlEvent | null;
  in: number;
  out: number;
  /** Where it is mixed with what was before. */
  mix?: Range;
  /** Black that a film ends in is only its transition. */
  trailing?: boolean;
}

/**
 * Pictures as Final Cut lays them: without a gap between, and the cut in the middle of its transition, where ours begins at the
 * cut. What leaves is longer by half of it, what comes begins later.
 */
export function layItems(timeline: Timeline): SpineItem[] {
  const shown = timeline.events.filter((it) => hasPicture(it) && it.record.out > it.record.in)
    .toSorted((a, b) => a.record.in - b.record.in);
  const items: SpineItem[] = [];
  if (!shown.length) return soundOnly(timeline);
  for (const [index, event] of shown.entries()) {
    const { record, transition } = event;
    const end = items.at(-1)?.out ?? record.in;
    if (record.in < end) {
      throw new FcpxmlError(
        `Event ${event.number} begins ${
          end - record.in
        } frames before the one before it ends; one is seen at a time.`,
      );
    }
    if (transition.kind === "key") {
      throw new FcpxmlError(`Event ${event.number} is a key, which FCPXML cannot say here; make it a cut.`);
    }
    if (record.in > end) items.push({ event: null, in: end, out: record.in });
    const item: SpineItem = { event, in: record.in, out: record.out };
    const mixed = transition.kind === "cut" ? 0 : transition.frames;
    if (mixed > record.out - record.in) {
      throw new FcpxmlError(
        `Event ${event.number} is mixed in for ${mixed} frames and lasts ${
          record.out - record.in
        }; shorten that.`,
      );
    }
    if (mixed) {
      const before = items.at(-1);
      item.mix = { in: record.in, out: record.in + mixed };
      const whole = event.reel === BLACK && mixed === record.out - record.in && index === shown.length - 1;
      if (before && whole) {
        before.out += mixed;
        item.trailing = true;
      } else if (before) {
        const half = Math.floor(mixed / 2);
        before.out += half;
        item.in += half;
      }
    }
    items.push(item);
  }
  return items;
}

function soundOnly(timeline: Timeline): SpineItem[] {
  const heard = timeline.events.map((event) => event.record);
  if (!heard.length) throw new FcpxmlError("The list has no events.");
  const [start, end] = [Math.min(...heard.map((it) => it.in)), Math.max(...heard.map((it) => it.out))];
  return [{ event: null, in: start, out: end }];
}
