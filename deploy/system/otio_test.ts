import assert from "node:assert/strict";
import { type EdlEvent, recordRange, type Timeline, writeEdl } from "../../shared/edl/mod.ts";
import { nominalRate, RATES } from "../../shared/time/rate.ts";
import { canDrop } from "../../shared/time/timecode.ts";
import { findOtio, readWithOtio } from "../testing/otio.ts";

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
