import assert from "node:assert/strict";
import { join } from "@std/path";
import { RATES } from "../../shared/time/rate.ts";
import { AUDIO_ENCODING, ffmpeg, ffprobe, input, videoEncoding } from "../media/mod.ts";
import { Room } from "./testing_room.ts";

const RATE = 48_000;

/** The left channel of a film as a player hears it, from -1 to 1. */
async function samplesOf(path: string): Promise<Float32Array> {
  const raw = `${path}.f32`;
  await ffmpeg([
    ...[...input(path), "-map", "0:a:0", "-af", "pan=mono|c0=c0", "-ar", String(RATE), "-f", "f32le"],
    `file:${raw}`,
  ]);
  const samples = new Float32Array((await Deno.readFile(raw)).buffer);
  await Deno.remove(raw);
  return samples;
}

/** A sound file of an expression of time. */
async function sound(path: string, expression: string, seconds: number): Promise<string> {
  await ffmpeg([
    ...["-f", "lavfi", "-i", `aevalsrc='${expression}|${expression}':s=${RATE}:d=${seconds}`, `file:${path}`],
  ]);
  return path;
}

Deno.test("over half an hour at 29.97 sound stays within a frame of its picture, and the film is as long as its list", async () => {
  await using room = await Room.open("29.97", { width: 64, height: 36 });
  const rate = RATES["29.97"];
  const minute = 1798;
  const path = join(room.folder, "MINUTE.mp4");
  // A burst of 20 ms with frame 900, black picture.
  const at = (900 * rate.den) / rate.num;
  const burst = `0.8*sin(2*PI*1000*t)*between(t,${at},${at + 0.02})`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", "color=black:s=64x36:r=30000/1001", "-f", "lavfi"],
    ...["-i", `aevalsrc='${burst}':s=${RATE}:d=60`, "-frames:v", String(minute), "-t", "60"],
    ...[...videoEncoding(rate), "-g", "900", ...AUDIO_ENCODING, `file:${path}`],
  ]);
  room.put("MINUTE", path, minute, "video", 0);
  // Each time a frame less, so that no place is a whole number of seconds or of AAC frames.
  const shots = Array.from({ length: 30 }, (_, i) => ({ number: i + 1, frames: minute - i }));
  let place = 0;
  const list = room.list(shots.map(({ number, frames }) => {
    const event = room.event(number, "MINUTE", 0, frames, place);
    place += frames;
    return event;
  }));
  const made = await room.render(list);
  assert.equal(made.media.frames, place);
  assert.equal(made.made_with.frames_encoded, 0, "cuts at key frames alone");
  const heard = await samplesOf(made.file);
  const length = ["-show_entries", "stream=codec_type,duration", "-of", "csv=p=0"];
  const durations = new Map(
    (await ffprobe([...length, ...input(made.file)])).trim().split("\n").map((line) => line.split(",")) as [
      string,
      string,
    ][],
  );
  const seconds = (place * rate.den) / rate.num;
  assert(Math.abs(Number(durations.get("video")) - seconds) < 0.001);
  assert(Math.abs(Number(durations.get("audio")) - seconds) < 0.001);
  const frame = rate.den / rate.num;
  let start = 0;
  for (const { number, frames } of shots) {
    const due = ((start + 900) * rate.den) / rate.num;
    const from = Math.round((due - 1) * RATE);
    const found = heard.subarray(from, from + 2 * RATE).findIndex((value) => Math.abs(value) > 0.2);
    const off = (from + found) / RATE - due;
    assert(found >= 0 && Math.abs(off) < frame / 2, `shot ${number}: its sound is ${off} s off its picture`);
    start += frames;
  }
});

Deno.test("no cut clicks: sound that ends loud goes down first, and one that goes on over a cut is untouched", async () => {
  await using room = await Room.open("24", { width: 64, height: 36 });
  // A constant is the worst there is: any cut of it is a step.
  for (const [reel, level] of [["HIGH", "0.5"], ["LOW", "-0.5"], ["TONE", "0.5*sin(2*PI*100*t)"]] as const) {
    const wav = await sound(join(room.folder, `${reel}.wav`), level, 4);
    const path = join(room.folder, `${reel}.mov`);
    await ffmpeg([
      ...["-f", "lavfi", "-i", "color=black:s=64x36:r=24", ...input(wav), "-frames:v", "96", "-c:v", "mpeg4"],
      ...["-c:a", "pcm_s16le", "-f", "mov", `file:${path}`],
    ]);
    room.put(reel, path, 96, "video", room.takes.length * 1000);
  }
  const list = room.list([
    room.event(1, "HIGH", 0, 7, 0),
    room.event(2, "LOW", 3, 11, 7),
    room.event(3, "HIGH", 20, 13, 18),
    // One take over three cuts.
    room.event(4, "TONE", 0, 13, 40),
    room.event(5, "TONE", 13, 17, 53),
    room.event(6, "TONE", 30, 20, 70),
  ]);
  const made = await room.render(list, { as: { format: "mov-prores" } });
  const heard = await samplesOf(made.file);
  let steepest = 0;
  for (let i = 1; i < heard.length; i++) steepest = Math.max(steepest, Math.abs(heard[i]! - heard[i - 1]!));
  // Half in 192 samples; the tone itself moves by 0.0066 a sample. A hard cut here would be a step of 1.
  assert(steepest < 0.01, `it jumps by ${steepest}`);
  assert(Math.abs(heard[2000 * 3]! - 0.5) < 0.001 && Math.abs(heard[2000 * 12]! + 0.5) < 0.001);
  for (const frame of [53, 70]) {
    const around = heard.subarray(frame * 2000 - 400, frame * 2000 + 400);
    const peak = around.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert(peak > 0.48, "what goes on over a cut is as loud there as elsewhere");
    const due = around.map((_, i) =>
      0.5 * Math.sin((2 * Math.PI * 100 * ((frame - 40) * 2000 - 400 + i)) / RATE)
    );
    assert(around.every((value, i) => Math.abs(value - due[i]!) < 0.002), "to the sample");
  }
});

Deno.test("tracks are mixed by their levels, with fades and offsets, and a slowed take keeps its pitch", async () => {
  await using room = await Room.open("25", { width: 64, height: 36 });
  await room.take("VOICE", 1, 100, { width: 64, height: 36, tone: 400 });
  const music = await sound(join(room.folder, "music.wav"), "0.25*sin(2*PI*2000*t)", 3);
  room.put("MUSIC", music, 0, "audio", 0);
  const voice = room.event(1, "VOICE", 0, 50, 0, { channels: "B" });
  const slow = room.event(2, "VOICE", 0, 50, 50, { channels: "B", speed: 12.5 });
  slow.record.out = slow.record.in + 100;
  const song = room.event(3, "MUSIC", 0, 75, 75, {
    channels: "A2",
    comments: ["AUDIO LEVEL AT 00:00:00:00 IS -6.0 DB (REEL MUSIC A2)", "AUDIO FADE IN: 25"],
  });
  song.source = { in: 0, out: 75 };
  const made = await room.render(room.list([voice, slow, song]), { as: { format: "mov-prores" } });
  const heard = await samplesOf(made.file);
  const strength = (hertz: number, from: number, to: number) => {
    let [a, b] = [0, 0];
    const span = heard.subarray(from * RATE, to * RATE);
    for (const [i, value] of span.entries()) {
      const turn = (2 * Math.PI * hertz * i) / RATE;
      a += value * Math.cos(turn);
      b += value * Math.sin(turn);
    }
    return (2 * Math.hypot(a, b)) / span.length;
  };
  const voiced = strength(400, 0.5, 1.5);
  assert(voiced > 0.05);
  assert(
    strength(400, 4.6, 5.6) > voiced * 0.7 && strength(200, 4.6, 5.6) < voiced * 0.1,
    "half as fast, as high",
  );
  assert(strength(2000, 0.5, 2.9) < 0.003, "the music begins where it is laid");
  const quarter = 0.25 * 10 ** (-6 / 20);
  assert(Math.abs(strength(2000, 4.5, 5.5) / quarter - 1) < 0.05, "six decibels down");
  assert(strength(2000, 3, 3.3) < quarter * 0.4, "and comes up over a second");
  assert.equal(heard.length, 150 * 1920);
});
