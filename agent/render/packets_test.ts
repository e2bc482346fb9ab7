import assert from "node:assert/strict";
import { join } from "@std/path";
import { AUDIO_ENCODING, AUDIO_RATE, ffmpeg, input, type SoundTrack } from "../media/mod.ts";
import { makeCodedClip, openFolder } from "../media/testing.ts";
import { NO_CACHE, openCache } from "./cache.ts";
import { encodeSound, type Sounding } from "./packets.ts";
import { RATES } from "../../shared/time/rate.ts";
import { readMp4, writeMovie } from "../media/mod.ts";

const RAW = ["-f", "s16le", "-ar", String(AUDIO_RATE), "-ac", "2"];
/** Samples of a stretch; ten of them, the last longer by what is left. */
const STRETCH_SAMPLES = 186 * 1024;
const SECONDS = 40;

interface Off {
  mean: number;
  worst: number;
}

Deno.test("sound that is encoded in stretches is as true at its seams as elsewhere, and one change encodes one stretch", async () => {
  await using folder = await openFolder();
  const at = (name: string) => join(folder.path, name);
  // Chords, a hiss, and a beat on one side: encoders change their windows with it, on and beside the seams.
  const voice = "0.2*sin(2*PI*220*t)+0.15*sin(2*PI*(554+20*sin(3*t))*t)";
  const beat = "0.4*sin(2*PI*90*t)*exp(-12*mod(t\\,0.5))+0.2*random(1)*exp(-40*mod(t\\,0.5))";
  await ffmpeg([
    ...["-f", "lavfi", "-i", `aevalsrc='${voice}|0.7*(${voice})+${beat}':s=${AUDIO_RATE}:d=${SECONDS + 1}`],
    ...[...RAW, `file:${at("whole.pcm")}`],
  ]);
  const samples = SECONDS * AUDIO_RATE + 300;
  await Deno.truncate(at("whole.pcm"), samples * 4);
  const pcm = await Deno.readFile(at("whole.pcm"));
  const asked: [number, number][] = [];
  let edition = "first";
  const sounding: Sounding = {
    samples,
    keyOf: ({ from, to }) =>
      Promise.resolve(`${from <= 26 * AUDIO_RATE && 26 * AUDIO_RATE < to ? edition : "same"}-${from}-${to}`),
    async raw({ from, to }) {
      asked.push([from, to]);
      const path = at(`part-${asked.length}.pcm`);
      await Deno.writeFile(path, pcm.subarray(from * 4, to * 4));
      return { path, at: 0, own: true };
    },
  };
  const options = {
    folder: at("work"),
    cache: openCache(at("kept")),
    cores: 8,
    signal: AbortSignal.timeout(60_000),
  };
  const track = await encodeSound(sounding, options);
  assert.equal(asked.length, 2, "two runs of eight and two");
  assert.equal("parts" in track && track.parts.length, 10, "and all ten of them joined");
  const heard = await played(track, at("film.mp4"), folder.path);
  // ffmpeg plays the last packet to its end, wherever the file says that the sound ends.
  assert.equal(heard.length, Math.ceil(samples / 1024) * 2048);

  await ffmpeg([...input(at("whole.pcm"), RAW), ...AUDIO_ENCODING, "-f", "mp4", `file:${at("one.m4a")}`]);
  const one = await decoded(at("one.m4a"), folder.path);
  const due = new Int16Array(pcm.buffer);
  // Root mean square of what the encoder changed, and the worst of it over 256 samples.
  const off = (got: Int16Array, from: number, to: number) => {
    const blocks: number[] = [];
    for (let i = from; i + 256 <= to; i += 256) {
      let sum = 0;
      for (let j = i * 2; j < (i + 256) * 2; j++) sum += (got[j]! - due[j]!) ** 2;
      blocks.push(sum / 512);
    }
    const mean = blocks.reduce((a, b) => a + b, 0) / blocks.length;
    return { mean: Math.sqrt(mean), worst: Math.sqrt(Math.max(...blocks)) };
  };
  const usual = off(one, 4 * AUDIO_RATE, SECONDS * AUDIO_RATE);
  const seam = STRETCH_SAMPLES * 8;
  const [ours, theirs] = [heard, one].map((got) => off(got, seam - 24_000, seam + 24_000)) as [Off, Off];
  assert(ours.mean < theirs.mean * 1.25, `off by ${ours.mean}, in one run by ${theirs.mean}`);
  assert(ours.worst < usual.worst * 1.25, `off by ${ours.worst} at worst, in one run by ${usual.worst}`);

  asked.length = 0;
  edition = "second";
  await encodeSound(sounding, { ...options, folder: at("again") });
  assert.deepEqual(
    asked.map(([from, to]) => to - from < 8 * AUDIO_RATE),
    [true],
    "one stretch was laid anew",
  );
  const kept = [...Deno.readDirSync(at("kept"))].flatMap(({ name }) =>
    [...Deno.readDirSync(join(at("kept"), name))].map((it) => join(at("kept"), name, it.name))
  );
  for (const path of kept) await Deno.truncate(path, 500);
  asked.length = 0;
  assert.equal((await encodeSound(sounding, { ...options, folder: at("damaged") })).kind, "soun");
  assert.equal(asked.length, 2, "what is damaged is made anew");
});

Deno.test("silence between sounds is joined like any other, and less than a packet of sound is sound", async () => {
  await using folder = await openFolder();
  for (const samples of [1, 700, 17 * AUDIO_RATE + 5]) {
    const track = await encodeSound({
      samples,
      keyOf: () => Promise.resolve(null),
      async raw({ from, to }) {
        const path = join(folder.path, `silent-${from}.pcm`);
        await Deno.writeFile(path, new Uint8Array((to - from) * 4));
        return { path, at: 0, own: true };
      },
    }, {
      folder: join(folder.path, `work-${samples}`),
      cache: NO_CACHE,
      cores: 4,
      signal: AbortSignal.timeout(60_000),
    });
    assert.equal("heard" in track && track.heard, samples);
    assert.equal("parts" in track && track.parts.length, samples > AUDIO_RATE ? 4 : 1);
  }
});

/** A film of one picture with that sound, as a player hears it. */
async function played(sound: SoundTrack, to: string, folder: string): Promise<Int16Array> {
  const clip = await makeCodedClip({ to: join(folder, "clip.mp4"), first: 1, frames: 4, rate: RATES["24"] });
  const picture = (await readMp4(clip))!.tracks[0]!;
  const { entry, offsets, sizes, timescale, delta } = picture;
  await writeMovie({
    ...{ quicktime: false, sound, title: "", timecode: { start: 0, nominal: 24, drop: false } },
    picture: {
      ...{ kind: "vide", entry, timescale, delta: delta!, width: 192, height: 108, keys: [0], shown: null },
      parts: [{ path: clip, offsets, sizes }],
    },
  }, to);
  return await decoded(to, folder);
}

async function decoded(path: string, folder: string): Promise<Int16Array> {
  const raw = join(folder, "decoded.pcm");
  await ffmpeg([...input(path), "-map", "0:a:0", ...RAW, `file:${raw}`]);
  return new Int16Array((await Deno.readFile(raw)).buffer);
}
