import assert from "node:assert/strict";
import {
  BLACK,
  type EdlEvent,
  hasPicture,
  recordRange,
  type Timeline,
  writeEdl,
} from "../../shared/edl/mod.ts";
import { nominalRate, RATES } from "../../shared/time/rate.ts";
import { canDrop } from "../../shared/time/timecode.ts";
import fc from "fast-check";
import { anyFilm, FILM_TAKES } from "../../shared/edl/arbitrary.ts";
import { readOtio, writeOtio } from "../../shared/otio/mod.ts";
import {
  findOtio,
  type OtioTimeline,
  readJsonWithOtio,
  readOtioSamples,
  readWithOtio,
} from "../testing/otio.ts";

const otio = await findOtio();
if ("missing" in otio) console.warn(`Skipped, our EDLs in OpenTimelineIO: ${otio.missing}.`);

for (const [name, rate] of Object.entries(RATES)) {
  for (const drop of canDrop(rate) ? [false, true] : [false]) {
    Deno.test({
      name: `OpenTimelineIO reads our EDL at ${name}${drop ? " drop-frame" : ""} to the same frames`,
      ignore: "missing" in otio,
      fn: async () => {
        assert("python" in otio);
        const timeline = film(rate, drop);
        const read = await readWithOtio(otio.python, writeEdl(timeline), rate.num / rate.den);
        const range = recordRange(timeline);
        assert.equal(read.name, timeline.title);
        assert.equal(read.frames, range.out - range.in);
        const gap = { kind: "Gap", name: "", start: 0, frames: 7 };
        const clips = timeline.events.map(({ clip, source }) => ({
          ...{ kind: "Clip", name: clip, start: source.in, frames: source.out - source.in },
        }));
        assert.deepEqual(read.items, [clips[0], clips[1], gap, clips[2]]);
      },
    });
  }
}

Deno.test({
  name: "OpenTimelineIO reads our timelines to the same durations and source ranges",
  ignore: "missing" in otio,
  fn: async () => {
    assert("python" in otio);
    const media = new Map(FILM_TAKES.map((take) => [take.reel, {
      ...{ name: take.name, path: `03_Renders/${take.name}.mp4`, take_id: take.reel, oid: "a".repeat(64) },
      available: { in: take.start, out: take.start + take.frames },
    }]));
    for (const timeline of fc.sample(anyFilm, { numRuns: 12, seed: 6 })) {
      const read = await readJsonWithOtio(otio.python, writeOtio(timeline, media));
      const range = recordRange(timeline);
      const lead = Math.min(...timeline.events.map((event) => event.record.in));
      assert.equal(read.name, timeline.title);
      assert.equal(read.frames, range.out - lead);
      assert.deepEqual(
        read.items.filter((item) => item.kind === "Clip"),
        timeline.events.filter((event) => event.record.out > event.record.in).map((event) => ({
          ...{ kind: "Clip", name: event.transition.kind === "cut" ? event.clip : event.to_clip },
          ...{ start: event.source.in, frames: event.source.out - event.source.in },
        })),
      );
    }
  },
});

Deno.test({
  name: "we read OpenTimelineIO's own sample lists, as it writes them, to its durations and source ranges",
  ignore: "missing" in otio,
  fn: async () => {
    assert("python" in otio);
    const samples = await readOtioSamples(otio.python);
    assert(samples.length >= 10, `only ${samples.map((each) => each.name)} were there`);
    for (const { name, otio: text, read, rate } of samples) {
      const { timeline } = readOtio(text, { num: rate, den: 1 });
      assert.deepEqual(shownOf(timeline), clipsOf(read), name);
    }
  },
});

/** Clips of our picture track: place in the film, place and length in the source. */
function shownOf(timeline: Timeline) {
  return timeline.events.filter((it) => hasPicture(it) && it.reel !== BLACK && it.record.out > it.record.in)
    .map((event) => ({
      name: event.transition.kind === "cut" ? event.clip : event.to_clip,
      ...{ at: event.record.in, start: event.source.in, frames: event.record.out - event.record.in },
    }));
}

/** The same of its items, which lie one after another; a transition lies over them. */
function clipsOf(read: OtioTimeline) {
  let at = 0;
  return read.items.flatMap(({ kind, name, start, frames }) => {
    if (kind === "Transition") return [];
    at += frames;
    return kind === "Clip" ? [{ name, at: at - frames, start, frames }] : [];
  });
}

/** Three shots, the second trimmed, seven frames of black before the third. */
function film(rate: Timeline["rate"], drop: boolean): Timeline {
  const hour = drop ? 3600 * nominalRate(rate) - (nominalRate(rate) / 15) * 54 : 3600 * nominalRate(rate);
  const event = (number: number, take: number, from: number, frames: number, at: number): EdlEvent => ({
    ...{ number, reel: `S0${take}0T01`, channels: "V", transition: { kind: "cut" }, comments: ["SHOT: A"] },
    source: { in: take * 3000 + from, out: take * 3000 + from + frames },
    record: { in: hour + at, out: hour + at + frames },
    clip: `SHOT-0${take}0_v01_take01`,
  });
  return {
    ...{ title: "The-Lighthouse-Keeper_v001", rate, drop, comments: [] },
    events: [event(1, 1, 0, 96, 0), event(2, 2, 17, 1801, 96), event(3, 3, 1, 50, 96 + 1801 + 7)],
  };
}
