import assert from "node:assert/strict";
import fc from "fast-check";
import { type EdlEvent, type Timeline } from "./model.ts";
import { RATES } from "../time/rate.ts";
import { framesPerDay } from "../time/timecode.ts";
import { compileCut, type CutTake, type Piece } from "./cut.ts";

const rate = RATES["24"];
const DAY = framesPerDay(rate);

/** Takes around midnight, so that source timecode passes it. */
const takes: CutTake[] = [
  { reel: "A", name: "take-a", frames: 100, still: false, timecodeStart: 0 },
  { reel: "B", name: "take-b", frames: 300, still: false, timecodeStart: DAY - 50 },
  { reel: "S", name: "still", frames: 1, still: true, timecodeStart: 5000 },
];

interface Laid {
  take: CutTake | null;
  from: number;
  frames: number;
  gap: number;
  dissolve: number;
}

const laid: fc.Arbitrary<Laid> = fc.record({
  take: fc.constantFrom(null, ...takes),
  from: fc.nat(99),
  frames: fc.integer({ min: 1, max: 60 }),
  gap: fc.oneof(fc.constant(0), fc.nat(10)),
  dissolve: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 })),
}).map((it) => {
  const room = it.take && !it.take.still ? it.take.frames : 1000;
  const from = Math.min(it.from, room - 1);
  const frames = Math.min(it.frames, room - from);
  return { ...it, from, frames, dissolve: Math.min(it.dissolve, frames) };
});

function timelineOf(list: readonly Laid[]): Timeline {
  let at = 86_400;
  const events = list.map((it, i): EdlEvent => {
    at += it.gap;
    const start = ((it.take?.timecodeStart ?? 0) + it.from) % DAY;
    const event: EdlEvent = {
      ...{ number: i + 1, reel: it.take?.reel ?? "BL", channels: "V", comments: [] },
      transition: it.dissolve && i > 0 ? { kind: "dissolve", frames: it.dissolve } : { kind: "cut" },
      source: { in: start, out: start + it.frames },
      record: { in: at, out: at + it.frames },
    };
    at += it.frames;
    return event;
  });
  return { title: "", rate, drop: false, comments: [], events };
}

/** What is on the screen, frame by frame: `reel:number`, a still without number, `-` for black, two for a dissolve. */
function screen(pieces: readonly Piece<CutTake>[]): string[] {
  const at = (source: { take: CutTake | null; start: number }, frame: number) =>
    !source.take ? "-" : source.take.still ? source.take.reel : `${source.take.reel}:${source.start + frame}`;
  return pieces.flatMap((piece) =>
    Array.from(
      { length: piece.frames },
      (_, frame) =>
        piece.kind === "run" ? at(piece.source, frame) : `${at(piece.from, frame)}>${at(piece.to, frame)}`,
    )
  );
}

/** The same, told from the list one frame at a time. */
function expected(list: readonly Laid[]): string[] {
  const at = (it: Laid | undefined, frame: number) =>
    !it?.take ? "-" : it.take.still ? it.take.reel : `${it.take.reel}:${it.from + frame}`;
  return list.flatMap((it, i) => [
    ...(i > 0 ? Array<string>(it.gap).fill("-") : []),
    ...Array.from({ length: it.frames }, (_, frame) => {
      if (i === 0 || frame >= it.dissolve) return at(it, frame);
      // After a gap there is nothing to dissolve from.
      const before = it.gap === 0 ? list[i - 1] : undefined;
      return `${at(before, (before?.frames ?? 0) + frame)}>${at(it, frame)}`;
    }),
  ]);
}

Deno.test("a cut shows for every frame of the film what the list says, with nothing missing or twice", () => {
  let rendered = 0;
  fc.assert(
    fc.property(fc.array(laid, { minLength: 1, maxLength: 12 }), (list) => {
      // A dissolve that needs more than the outgoing take has is refused; that is another test.
      const enough = list.every((it, i) => {
        const before = list[i - 1];
        if (!before?.take || before.take.still || it.gap > 0) return true;
        return before.from + before.frames + it.dissolve <= before.take.frames;
      });
      if (!enough) return;
      rendered++;
      const timeline = timelineOf(list);
      const cut = compileCut(timeline, takes);
      assert.deepEqual(screen(cut.pieces), expected(list));
      assert.equal(cut.frames, screen(cut.pieces).length);
      assert.equal(cut.start, 86_400 + list[0]!.gap);
      // The order of the lines in the file does not matter for cuts.
      if (list.every((it) => it.dissolve === 0)) {
        const shuffled = compileCut({ ...timeline, events: timeline.events.toReversed() }, takes);
        assert.deepEqual(screen(shuffled.pieces), expected(list));
      }
    }),
    { numRuns: 400 },
  );
  assert(rendered > 50, "the law must have been tried");
});

const plain = { fade_in: 0, fade_out: 0, level: 0, channel: "A" };

Deno.test("sound crosses over with a dissolve: what leaves runs on and goes down while the other comes up", () => {
  const picture = timelineOf([
    { take: takes[0]!, from: 10, frames: 20, gap: 0, dissolve: 0 },
    { take: takes[1]!, from: 5, frames: 30, gap: 0, dissolve: 8 },
  ]);
  assert.deepEqual(compileCut(picture, takes).sounds, [
    { take: takes[0], start: 10, at: 0, frames: 20, ...plain },
    { take: takes[0], start: 30, at: 20, frames: 8, ...plain, fade_out: 8 },
    { take: takes[1], start: 5, at: 20, frames: 30, ...plain, fade_in: 8 },
  ]);
});

Deno.test("sound follows the picture until the list has sound of its own", () => {
  const picture = timelineOf([
    { take: takes[0]!, from: 10, frames: 20, gap: 0, dissolve: 0 },
    { take: takes[2]!, from: 0, frames: 20, gap: 5, dissolve: 0 },
  ]);
  assert.deepEqual(compileCut(picture, takes).sounds, [{
    take: takes[0],
    start: 10,
    at: 0,
    frames: 20,
    ...plain,
  }]);
  const [first] = picture.events;
  picture.events.push({
    ...first!,
    channels: "AA",
    reel: "B",
    source: { in: DAY - 50, out: DAY - 50 + 15 },
    record: { in: first!.record.in + 25, out: first!.record.in + 40 },
  });
  assert.deepEqual(compileCut(picture, takes).sounds, [{
    take: takes[1],
    start: 0,
    at: 25,
    frames: 15,
    ...plain,
  }]);
});
