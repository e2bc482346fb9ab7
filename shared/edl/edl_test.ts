import assert from "node:assert/strict";
import fc from "fast-check";
import { RATES } from "../time/rate.ts";
import { canDrop, framesPerDay } from "../time/timecode.ts";
import {
  clipOf,
  EdlError,
  type EdlEvent,
  hasPicture,
  parseEdl,
  recordRange,
  type Timeline,
  writeEdl,
} from "./mod.ts";

const words = fc.string({ unit: fc.constantFrom(..."abcXYZ019_-./: éß😀*;"), maxLength: 40 })
  .map((text) => text.trim().replace(/\s+/g, " "));
const name = words.filter((text) => text !== "");
const remark = name.filter((text) => !/CLIP NAME/i.test(text));
const reel = fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,7}$/).filter((text) => text !== "BLACK");

/** As a literal makes it: deepEqual tells prototypes apart. */
const plain = { noNullPrototype: true } as const;

const transition: fc.Arbitrary<EdlEvent["transition"]> = fc.oneof(
  fc.constant({ kind: "cut" as const }),
  fc.record({ kind: fc.constant("dissolve" as const), frames: fc.integer({ min: 0, max: 999 }) }, plain),
  fc.record({
    kind: fc.constant("wipe" as const),
    pattern: fc.integer({ min: 0, max: 999 }),
    frames: fc.integer({ min: 0, max: 999 }),
  }, plain),
  fc.record({
    kind: fc.constant("key" as const),
    code: fc.constantFrom("K" as const, "KB" as const, "KO" as const),
    frames: fc.integer({ min: 0, max: 999 }),
  }, plain),
);

function event(number: number, day: number): fc.Arbitrary<EdlEvent> {
  return fc.record({
    reel,
    channels: fc.constantFrom("V", "A", "A2", "AA", "B", "AA/V", "NONE"),
    transition,
    source: fc.integer({ min: 0, max: day - 1 }),
    record: fc.integer({ min: 0, max: day - 1 }),
    length: fc.integer({ min: 0, max: 100_000 }),
    clip: fc.option(name, { nil: undefined }),
    to_clip: fc.option(name, { nil: undefined }),
    speed: fc.option(fc.integer({ min: -999, max: 9999 }).map((tenths) => tenths / 10 + 0), {
      nil: undefined,
    }),
    comments: fc.array(remark, { maxLength: 3 }),
  }, plain).map(({ length, clip, to_clip, speed, source, record, ...rest }) => ({
    number,
    ...rest,
    source: { in: source, out: source + length },
    record: { in: record, out: record + length },
    ...(clip === undefined ? {} : { clip }),
    ...(to_clip === undefined ? {} : { to_clip }),
    ...(speed === undefined ? {} : { speed }),
  }));
}

const timeline: fc.Arbitrary<Timeline> = fc.constantFrom(...Object.values(RATES)).chain((rate) =>
  fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 12 })).chain(([dropping, count]) => {
    const drop = dropping && canDrop(rate);
    const day = framesPerDay(rate, { drop });
    return fc.record({
      title: words,
      rate: fc.constant(rate),
      drop: fc.constant(drop),
      comments: fc.array(remark, { maxLength: 2 }),
      events: fc.tuple(...Array.from({ length: count }, (_, i) => event(i + 1, day))) as fc.Arbitrary<
        EdlEvent[]
      >,
    }, plain);
  })
);

Deno.test("a list that was written reads back as itself, at every rate", () => {
  fc.assert(
    fc.property(timeline, (it) => {
      assert.deepEqual(parseEdl(writeEdl(it), it.rate), it);
    }),
    { numRuns: 500 },
  );
});

Deno.test("spacing, line ends and case of a list do not matter", () => {
  fc.assert(
    fc.property(timeline, (it) => {
      const untidy = writeEdl(it).split("\n").map((line) =>
        /^\d/.test(line) ? "  " + line.replace(/ +/g, "\t ") : line
      )
        .join("\r\n\r\n");
      assert.deepEqual(parseEdl("\ufeff" + untidy, it.rate), it);
    }),
    { numRuns: 100 },
  );
});

const line = (text: string) => `TITLE: T\nFCM: NON-DROP FRAME\n${text}\n`;

Deno.test("the cmx profile has its columns", () => {
  const text = writeEdl({
    title: "The Lighthouse",
    rate: RATES["24"],
    drop: false,
    comments: [],
    events: [
      {
        ...{
          number: 1,
          reel: "S010T02",
          channels: "V",
          transition: { kind: "cut" },
          comments: ["SHOT: SHOT-010"],
        },
        ...{ source: { in: 48, out: 96 }, record: { in: 86_400, out: 86_448 }, clip: "SHOT-010_v01_take02" },
      },
      {
        ...{
          number: 2,
          reel: "S020T01",
          channels: "V",
          transition: { kind: "dissolve", frames: 12 },
          comments: [],
        },
        ...{ source: { in: 0, out: 24 }, record: { in: 86_448, out: 86_472 } },
      },
    ],
  });
  assert.equal(
    text,
    [
      "TITLE: The Lighthouse",
      "FCM: NON-DROP FRAME",
      "001  S010T02  V     C        00:00:02:00 00:00:04:00 01:00:00:00 01:00:02:00",
      "* FROM CLIP NAME:  SHOT-010_v01_take02",
      "* SHOT: SHOT-010",
      "002  S020T01  V     D    012 00:00:00:00 00:00:01:00 01:00:02:00 01:00:03:00",
      "",
    ].join("\n"),
  );
});

Deno.test("a list by another hand is read: dissolve, black, speed, sound, bars of remarks", () => {
  const it = parseEdl(
    `TITLE:   My Cut
FCM: NON-DROP FRAME

000001 BL       V     C        00:00:00:00 00:00:00:00 01:00:00:00 01:00:00:00
000001 AX       V     D    024 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00
* TO CLIP NAME: keeper.mov
EFFECTS NAME IS CROSS DISSOLVE
>>> SOURCE AX keeper 1234
2 reel_with_a_long_name.mov V C 00:00:10:00 00:00:14:00 01:00:02:00 01:00:04:00
M2   reel_with_a_long_name.mov  047.6  00:00:10:00
* FROM CLIP NAME: storm
* LOC: 01:00:03:00 RED look
003  AX       AA/V  C        00:00:00:00 00:00:01:00 01:00:04:00 01:00:05:00
004  AX       A2    C        00:00:00:00 00:00:01:00 01:00:04:00 01:00:05:00
`,
    RATES["24"],
  );
  assert.equal(it.title, "My Cut");
  assert.equal(it.events.length, 5);
  assert.deepEqual(it.events[1]!.transition, { kind: "dissolve", frames: 24 });
  assert.equal(clipOf(it.events[1]!), "keeper.mov");
  assert.deepEqual(it.events[1]!.comments, ["EFFECTS NAME IS CROSS DISSOLVE", ">>> SOURCE AX keeper 1234"]);
  assert.equal(it.events[2]!.speed, 47.6);
  assert.equal(hasPicture(it.events[3]!), true);
  assert.equal(hasPicture(it.events[4]!), false);
  assert.deepEqual(recordRange(it), { in: 86_400, out: 86_400 + 5 * 24 });
});

Deno.test("drop-frame lists are counted so, by heading or by semicolon", () => {
  const drop = "001  AX V C 00:00:00;00 00:00:10;00 00:10:00;00 00:10:10;00\n";
  for (const text of [drop, "FCM: DROP FRAME\n" + drop.replaceAll(";", ":")]) {
    const it = parseEdl(text, RATES["29.97"]);
    assert.equal(it.drop, true);
    assert.equal(it.events[0]!.record.in, 17_982);
  }
});

Deno.test("a name with line breaks cannot smuggle an event into the list", () => {
  const it: Timeline = {
    ...{
      title: "a\n001  X V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00",
      rate: RATES["25"],
      drop: false,
    },
    comments: [],
    events: [{
      ...{ number: 1, reel: "R", channels: "V", transition: { kind: "cut" }, comments: ["x\r\n002 Y V C"] },
      ...{ source: { in: 0, out: 25 }, record: { in: 0, out: 25 }, clip: "b\u2028003 Z V C" },
    }],
  };
  assert.equal(parseEdl(writeEdl(it), it.rate).events.length, 1);
});

Deno.test("a thousand events are one too many, and the error says what to do", () => {
  const events = Array.from({ length: 1000 }, (_, i): EdlEvent => ({
    ...{ number: i + 1, reel: "R", channels: "V", transition: { kind: "cut" }, comments: [] },
    ...{ source: { in: 0, out: 1 }, record: { in: i, out: i + 1 } },
  }));
  const it = { title: "", rate: RATES["24"], drop: false, comments: [], events };
  assert.throws(() => writeEdl(it), /at most 999 events and this film has 1000; render it in parts/);
});

for (
  const [what, text, says] of [
    ["nothing", "", /no events; a line like/],
    ["a picture", "\x89PNG", /no events/],
    [
      "a short line",
      line("001  R V C 00:00:00:00"),
      /^Line 3: expected number, reel, channels, transition and four/,
    ],
    ["a bad number", line("0x1 R V C 1 2 3 4"), /^Line 3: expected an event number, found "0x1"/],
    [
      "bad channels",
      line("001 R Q C 00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01"),
      /^Line 3: expected channels like V, .*found "Q"/,
    ],
    [
      "an unknown transition",
      line("001 R V Z 00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01"),
      /^Line 3: expected a transition C, D, .*found "Z"/,
    ],
    [
      "a dissolve without length",
      line("001 R V D 00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01"),
      /^Line 3: expected the frames of the transition D, found "00:00:00:00"/,
    ],
    [
      "a frame that does not exist",
      line("001 R V C 00:00:00:00 00:00:00:24 00:00:00:00 00:00:01:00"),
      /^Line 3: expected a timecode for the source out: .*counts 24 frames/,
    ],
    [
      "lengths that differ",
      line("* a\n* b\n007 R V C 00:00:00:00 00:00:02:00 00:00:00:00 00:00:01:00"),
      /^Line 5: event 7 takes 48 frames of R for 24 frames of film/,
    ],
    ["drop-frame at 24", "FCM: DROP FRAME\n", /^Line 1: .*29\.97 and 59\.94.*24\/1/],
    ["an unknown counting", "FCM: SOMETIMES\n", /^Line 1: expected "FCM: NON-DROP FRAME"/],
    ["speed before any event", "M2 R 048.0 00:00:00:00\n", /^Line 1: the speed change .*before any event/],
    [
      "speed of another reel",
      line("001 R V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\nM2 Q 048.0 00:00:00:00"),
      /^Line 4: the speed change names reel "Q"; event 1 has "R"/,
    ],
    [
      // Of a pattern that tries each way of sharing them out it is the work of hours.
      "a million spaces in a speed change",
      line(`001 R V C 00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\nM2 R${" ".repeat(1e6)}x`),
      /^Line 4: expected "M2 reel frames-per-second timecode"/,
    ],
  ] as const
) {
  Deno.test(`a list with ${what} is refused with the place and the reason`, () => {
    assert.throws(() => parseEdl(text, RATES["24"]), (error) => {
      assert(error instanceof EdlError);
      assert.match(error.message, says);
      return true;
    });
  });
}
