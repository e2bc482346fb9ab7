import assert from "node:assert/strict";
import fc from "fast-check";
import { anyFilm, FILM_TAKES } from "../edl/arbitrary.ts";
import { recordRange } from "../edl/mod.ts";
import { RATES } from "../time/rate.ts";
import { type Media, OtioError, readOtio, writeOtio } from "./mod.ts";

const media = new Map<string, Media>(FILM_TAKES.map((take) => [take.reel, {
  ...{ name: take.name, path: `03_Renders/SHOT/${take.name}.mp4`, take_id: take.reel, oid: "a".repeat(64) },
  available: { in: take.start, out: take.start + take.frames },
}]));

Deno.test("a timeline that was written reads back as itself, at every rate", () => {
  fc.assert(
    fc.property(anyFilm, (film) => {
      const read = readOtio(writeOtio(film, media), film.rate);
      assert.deepEqual(read.timeline, film);
      assert.deepEqual(read.left, []);
    }),
    { numRuns: 300 },
  );
});

Deno.test("clips carry their take, its object and their notes; times count at the project's rate", () => {
  const [take] = FILM_TAKES;
  const rate = RATES["23.976"];
  const text = writeOtio({
    ...{ title: "T", rate, drop: false, comments: [] },
    events: [{
      ...{ number: 1, reel: take!.reel, channels: "V", transition: { kind: "cut" } },
      source: { in: take!.start + 7, out: take!.start + 31 },
      record: { in: 86_400, out: 86_424 },
      ...{ clip: take!.name, comments: ["SHOT: SHOT-010", "hold the light longer"] },
    }],
  }, media);
  const clip = JSON.parse(text).tracks.children[0].children[0];
  assert.equal(clip.name, take!.name);
  assert.deepEqual(clip.source_range.start_time, {
    ...{ OTIO_SCHEMA: "RationalTime.1", rate: 24000 / 1001, value: take!.start + 7 },
  });
  assert.equal(clip.metadata.studio.take_id, take!.reel);
  assert.equal(clip.metadata.studio.lfs_oid, `sha256:${"a".repeat(64)}`);
  assert.equal(clip.media_references.DEFAULT_MEDIA.name, take!.name);
  assert.equal(clip.media_references.DEFAULT_MEDIA.target_url, `03_Renders/SHOT/${take!.name}.mp4`);
  assert.deepEqual(clip.markers.map((each: { name: string }) => each.name), ["hold the light longer"]);
});

const time = (value: number, rate = 24) => ({ OTIO_SCHEMA: "RationalTime.1", value, rate });
const span = (start: number, frames: number, rate = 24) => ({
  ...{ OTIO_SCHEMA: "TimeRange.1", start_time: time(start, rate), duration: time(frames, rate) },
});
const clip = (name: string, start: number, frames: number, more: object = {}) => ({
  ...{ OTIO_SCHEMA: "Clip.1", name, source_range: span(start, frames), media_reference: null },
  ...more,
});
const file = (...tracks: object[]) =>
  JSON.stringify({ OTIO_SCHEMA: "Timeline.1", name: "Theirs", tracks: { children: tracks } });
const track = (name: string, children: object[], kind = "Video") => ({
  ...{ OTIO_SCHEMA: "Track.1", name, kind, children },
});

Deno.test("another program's dissolve across the cut begins where it is first seen", () => {
  const dissolve = {
    ...{ OTIO_SCHEMA: "Transition.1", name: "x", transition_type: "SMPTE_Dissolve" },
    ...{ in_offset: time(6), out_offset: time(4) },
  };
  const { timeline } = readOtio(
    file(track("V1", [clip("a", 10, 48), dissolve, clip("b", 100, 24)])),
    RATES["24"],
  );
  const [a, from, b] = timeline.events;
  assert.deepEqual([a!.source, a!.record], [{ in: 10, out: 52 }, { in: 0, out: 42 }]);
  assert.deepEqual([from!.reel, from!.source], ["a", { in: 52, out: 52 }]);
  assert.deepEqual(b!.transition, { kind: "dissolve", frames: 10 });
  assert.deepEqual([b!.source, b!.record], [{ in: 94, out: 124 }, { in: 42, out: 72 }]);
  assert.deepEqual([b!.clip, b!.to_clip, b!.number], ["a", "b", 2]);
  assert.deepEqual(recordRange(timeline), { in: 0, out: 72 });
});

Deno.test("what a cut list cannot hold is said, not lost in silence", () => {
  const { timeline, left } = readOtio(
    file(
      track("V1", [clip("a", 0, 24), clip("off", 0, 24, { enabled: false }), {
        ...clip("b", 0, 50),
        source_range: span(0, 50, 25),
      }]),
      track("V2", [clip("title", 0, 24)]),
      track("A1", [clip("music", 0, 72)], "Audio"),
    ),
    RATES["24"],
  );
  assert.deepEqual(
    timeline.events.map(({ channels, clip, record }) => [channels, clip, record.in, record.out]),
    [["V", "a", 0, 24], ["V", "b", 48, 96], ["A", "music", 0, 72]],
  );
  assert.deepEqual(left, [
    'The clip "off" (item 2 of track "V1") is switched off and is read as black.',
    'Track "V2" with 1 clip is not read: a cut list has one picture track.',
    "Times at 25 frames a second were brought to 24/1 by the clock.",
  ]);
});

for (
  const [what, text, says] of [
    ["no JSON", "TITLE: x", /it is not JSON/],
    [
      "something else",
      '{"OTIO_SCHEMA":"SerializableCollection.1"}',
      /"Timeline\.1" was expected .* found "Seri/,
    ],
    ["nothing in it", file(track("V1", [])), /no clips/],
    [
      "a nested sequence",
      file(track("V1", [clip("a", 0, 5), { OTIO_SCHEMA: "Stack.1", name: "inner" }])),
      /At item 2 of track "V1": .* found Stack "inner"; flatten/,
    ],
    [
      "a clip without a range",
      file(track("V1", [{ OTIO_SCHEMA: "Clip.2", name: "a" }])),
      /At item 1 of track "V1": "a" has no source range/,
    ],
    [
      "a time that is none",
      file(track("V1", [{ ...clip("a", 0, 5), source_range: { start_time: time(0), duration: "long" } }])),
      /at tracks\.children\[0\]\.children\[0\]\.source_range\.duration/,
    ],
  ] as const
) {
  Deno.test(`a timeline with ${what} is refused with the place and the reason`, () => {
    assert.throws(() => readOtio(text, RATES["24"]), (error) => {
      assert(error instanceof OtioError);
      assert.match(error.message, says);
      return true;
    });
  });
}

/** Every place of a JSON value, as paths. */
function pathsOf(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...at, key]))];
}

function withValue(value: unknown, [key, ...rest]: string[], put: unknown): unknown {
  if (key === undefined) return put;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const holder = copy as Record<string, unknown>;
  holder[key] = withValue(holder[key], rest, put);
  return copy;
}

Deno.test("a damaged timeline is read to whole frames or refused in words, never anything else", () => {
  const odd = fc.constantFrom<unknown>(null, -5, 0.5, 1e300, "x", "", [], {}, true, "Gap.1", "Transition.1", [
    {},
  ]);
  let refused = 0;
  fc.assert(
    fc.property(anyFilm, fc.nat(), odd, (film, pick, put) => {
      const whole: unknown = JSON.parse(writeOtio(film, media));
      const paths = pathsOf(whole);
      const damaged = withValue(whole, paths[pick % paths.length]!, put);
      try {
        const { timeline } = readOtio(JSON.stringify(damaged), film.rate);
        for (const { source, record } of timeline.events) {
          for (const frame of [source.in, source.out, record.in, record.out]) {
            assert(Number.isSafeInteger(frame));
          }
          assert(record.out >= record.in);
        }
      } catch (error) {
        if (!(error instanceof OtioError)) throw error;
        refused++;
      }
    }),
    { numRuns: 1000 },
  );
  assert(refused > 50, "damage must have been done");
});
