import assert from "node:assert/strict";
import { join } from "@std/path";
import { RATES } from "../../shared/time/rate.ts";
import { AUDIO_ENCODING, ffmpeg, plainAac, readMp4 } from "../media/mod.ts";
import { openFolder } from "../media/testing.ts";
import { samplesAt, type Span } from "./samples.ts";
import { heardOf, laySound } from "./sound.ts";
import type { Take, TakeSound } from "./take.ts";

const RATE = RATES["29.97"];

Deno.test("takes whose AAC is read from their tables sound as ffmpeg plays them, to the sample, in the film and in any part of it", async () => {
  await using folder = await openFolder();
  const takes: Take[] = [];
  // A voice on both sides, one on one channel, and a file that says more than plain AAC does.
  for (
    const [reel, expression, more] of [
      ["PAIR", "0.3*sin(2*PI*310*t)|0.3*sin(2*PI*470*t)", []],
      ["ONE", "0.4*sin(2*PI*(200+90*t)*t)|0", ["-ac", "1"]],
      ["SLOW", "0.3*sin(2*PI*250*t)|0.1", ["-ar", "44100"]],
    ] as const
  ) {
    const path = join(folder.path, `${reel}.mp4`);
    await ffmpeg([
      ...["-f", "lavfi", "-i", "color=black:s=64x36:r=30000/1001", "-f", "lavfi"],
      ...["-i", `aevalsrc='${expression}':s=48000:d=5`, "-frames:v", "140", "-c:v", "mpeg4"],
      ...[...AUDIO_ENCODING, ...more, `file:${path}`],
    ]);
    const track = (await readMp4(path))!.tracks.find(({ kind }) => kind === "soun")!;
    const channels = plainAac(track);
    assert.equal(channels, { PAIR: 2, ONE: 1, SLOW: null }[reel]);
    const sound: TakeSound = { path, demuxer: "mov", ...(channels ? { aac: { track, channels } } : {}) };
    const file = { file: null, picture: null, setup: null, still: false, frames: 140, timecodeStart: 0 };
    takes.push({ reel, name: reel, oid: reel, sound, ...file });
  }
  const at = (take: Take, start: number, at: number, frames: number) => ({
    ...{ take, start, at, frames, fade_in: 0, fade_out: 0, level: 0, channel: "A" },
  });
  const lay = async (takes: Take[], span: Span): Promise<Int16Array> => {
    const [pair, one, slow] = takes as [Take, Take, Take];
    const sounds = [
      at(pair, 0, 0, 31),
      at(one, 17, 31, 40),
      at(slow, 40, 71, 20),
      at(pair, 90, 91, 50),
      // Beyond the end of its sound.
      at(one, 120, 141, 40),
    ];
    const to = join(folder.path, "laid.pcm");
    await laySound(heardOf(sounds), RATE, span, to, {});
    return new Int16Array((await Deno.readFile(to)).buffer);
  };
  const whole = { from: 0, to: samplesAt(181, RATE) };
  const opened = takes.map((take) => ({ ...take, sound: { path: take.sound!.path, demuxer: "mov" } }));
  const [ours, theirs] = [await lay(takes, whole), await lay(opened, whole)];
  assert.equal(ours.length, whole.to * 2);
  assert.deepEqual(apart(ours, theirs), []);
  for (const from of [1000, samplesAt(60, RATE) + 7]) {
    const part = { from, to: from + 70_000 };
    assert.deepEqual(apart(await lay(takes, part), ours.subarray(part.from * 2, part.to * 2)), []);
  }

  // One packet is broken: all are decoded by themselves, and each is still in its place.
  const { path, aac } = takes[0]!.sound!;
  const bytes = await Deno.readFile(path);
  bytes.fill(0xff, aac!.track.offsets[100]!, aac!.track.offsets[100]! + aac!.track.sizes[100]!);
  await Deno.writeFile(path, bytes);
  const broken = await lay(takes, whole);
  const place = samplesAt(31, RATE) * 2;
  assert.deepEqual(apart(broken.subarray(place, place + 80_000), ours.subarray(place, place + 80_000)), []);
});

/** Places at which two sounds differ by more than rounding, the first ten. */
function apart(a: Int16Array, b: Int16Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < Math.max(a.length, b.length) && found.length < 10; i++) {
    if (!(Math.abs(a[i]! - b[i]!) <= 2)) found.push(i);
  }
  return found;
}
