import assert from "node:assert/strict";
import { join } from "@std/path";
import type { EdlEvent } from "../../shared/edl/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import { JobFailure } from "../lease/executor.ts";
import { ffmpeg, ffprobe, input, probe } from "../media/mod.ts";
import { loudness, makeCodedClip, readCodes } from "../media/testing.ts";
import { Room, run } from "./testing_room.ts";

for (const fps of ["24", "23.976", "25"] as const) {
  Deno.test(`at ${fps} every frame of a film is the one its list names, copied or encoded, and none is missing`, async () => {
    await using room = await Room.open(fps);
    await room.take("WHOLE", 100, 30);
    await room.take("TRIM", 200, 40);
    await room.take("FOREIGN", 300, 24, { width: 128, height: 72, encoding: ["-c:v", "mpeg4", "-q:v", "2"] });
    const made = await room.render(room.list([
      room.event(1, "WHOLE", 0, 30, 0),
      // Begins inside a group of pictures: its head is encoded, the rest copied.
      room.event(2, "TRIM", 5, 30, 30),
      room.event(3, "FOREIGN", 3, 15, 60),
      room.event(4, "WHOLE", 12, 7, 80),
    ]));
    const expected = [
      ...run(100, 30),
      ...run(205, 30),
      ...run(303, 15),
      ...run(0, 5).fill(0),
      ...run(112, 7),
    ];
    assert.deepEqual(await readCodes(made.file), expected);
    assert.deepEqual(made.media, {
      ...{ format: "mp4", width: 192, height: 108, frames: 87, rate: `${room.rate.num}/${room.rate.den}` },
      ...{ codec: "h264", pixel_format: "yuv420p", audio: true },
    });
    assert((made.made_with.frames_copied as number) >= 30 + 7 + 23, "what fits is copied");
    assert.equal((made.made_with.frames_copied as number) + (made.made_with.frames_encoded as number), 87);
    assert.match(
      await ffprobe(["-show_entries", "stream_tags=timecode", ...input(made.file)]),
      /01:00:00:00/,
    );
    const times = (await ffprobe([
      ...["-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", ...input(made.file)],
    ])).trim().split("\n").map(Number);
    const tick = times[1]! - times[0]!;
    assert.deepEqual(times, times.map((_, i) => i * tick), "every frame lasts as long as the others");
    assert.equal(made.proxy, undefined, "a film that any browser plays is its own preview");
    assert.equal((await probe(made.poster!)).format, "jpeg");
    assert.equal(room.progress.at(-1)!.progress, 1);
    assert.deepEqual(
      room.progress.map((it) => it.progress),
      room.progress.map((it) => it.progress).toSorted((a, b) => a - b),
    );
  });
}

Deno.test("takes that all fit are copied and nothing is encoded", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 24);
  await room.take("B", 200, 36);
  const made = await room.render(room.list([room.event(1, "B", 12, 20, 0), room.event(2, "A", 0, 24, 20)]));
  assert.equal(made.made_with.frames_encoded, 0);
  assert.deepEqual(await readCodes(made.file), [...run(212, 20), ...run(100, 24)]);
});

Deno.test("sound stays with its picture, and what has none is silent", async () => {
  await using room = await Room.open("24");
  await room.take("TALK", 100, 48, { tone: 440 });
  await room.take("MUTE", 200, 24);
  const made = await room.render(room.list([
    room.event(1, "MUTE", 0, 24, 0),
    room.event(2, "TALK", 12, 24, 24),
    room.event(3, "MUTE", 0, 24, 48),
  ]));
  assert.deepEqual(await readCodes(made.file), [...run(200, 24), ...run(112, 24), ...run(200, 24)]);
  assert((await loudness(made.file, 0.1, 0.9)) < 0.001);
  assert((await loudness(made.file, 1.1, 1.9)) > 0.05);
  assert((await loudness(made.file, 2.1, 2.9)) < 0.001);
  const audio = await ffprobe([
    ...[
      "-select_streams",
      "a:0",
      "-show_entries",
      "stream=codec_name,sample_rate,channels",
      "-of",
      "csv=p=0",
    ],
    ...input(made.file),
  ]);
  assert.equal(audio.trim(), "aac,48000,2");
});

Deno.test("a still is held, at its own shape with black beside it", async () => {
  await using room = await Room.open("24");
  const still = join(room.folder, "still.png");
  await ffmpeg(["-f", "lavfi", "-i", "color=white:s=100x100", "-frames:v", "1", `file:${still}`]);
  room.put("STILL", still, 1, "image", 500);
  await room.take("A", 100, 12);
  const made = await room.render(
    room.list([room.event(1, "STILL", 0, 30, 0), room.event(2, "A", 0, 12, 30)]),
  );
  const codes = await readCodes(made.file);
  assert.equal(codes.length, 42);
  // 108 of 192 columns are white: the bars in the middle.
  assert(codes.slice(0, 30).every((code) => code === codes[0] && code !== 0 && (code & 1) === 0));
  assert.deepEqual(codes.slice(30), run(100, 12));
});

Deno.test("a list by another hand renders: its own order of lines, dissolves, black, reels found by clip name", async () => {
  await using room = await Room.open("25");
  await room.take("ONE", 100, 50);
  await room.take("TWO", 200, 50);
  const edl = [
    "TITLE: By hand",
    "3  BL    V  C       00:00:00:00 00:00:00:10 10:00:02:10 10:00:02:20",
    "2  ONE   V  C       00:00:01:00 00:00:01:00 10:00:01:00 10:00:01:00",
    "2  AX    V  D   010 00:00:40:05 00:00:41:15 10:00:01:00 10:00:02:10",
    "* TO CLIP NAME: SHOT-TWO_v01_take01.mp4",
    "1  one   V  C       00:00:00:00 00:00:01:00 10:00:00:00 10:00:01:00",
  ].join("\r\n");
  const made = await room.render(edl);
  const codes = await readCodes(made.file);
  assert.equal(codes.length, 70);
  assert.deepEqual(codes.slice(0, 25), run(100, 25));
  assert.equal(codes[25], 125, "a dissolve begins with the outgoing picture, which runs on");
  assert.deepEqual(codes.slice(35, 60), run(215, 25));
  assert.deepEqual(codes.slice(60), run(0, 10).fill(0));
  assert.match(await ffprobe(["-show_entries", "stream_tags=timecode", ...input(made.file)]), /10:00:00:00/);
});

Deno.test("a take at another rate keeps its speed", async () => {
  await using room = await Room.open("24");
  await room.take("HALF", 100, 12, { rate: RATES["25"] });
  room.takes[0]!.frames = 12;
  const slow = join(room.folder, "HALF.mp4");
  await makeCodedClip({ to: slow, first: 100, frames: 12, rate: { num: 12, den: 1 } });
  const made = await room.render(room.list([room.event(1, "HALF", 0, 24, 0)]));
  const codes = await readCodes(made.file);
  assert.equal(codes.length, 24);
  assert.deepEqual([codes[0], codes[12], codes[23]], [100, 106, 111]);
});

async function failing(work: Promise<unknown>): Promise<JobFailure> {
  try {
    await work;
  } catch (error) {
    assert(error instanceof JobFailure, String(error));
    return error;
  }
  assert.fail("it should have failed");
}

Deno.test("frames that a take does not have are refused, naming event and shot", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 24);
  const error = await failing(
    room.render(room.list([room.event(1, "A", 0, 12, 0), room.event(2, "A", 20, 10, 12)])),
  );
  assert.equal(error.class, "invalid");
  assert.match(
    error.message,
    /Event 002 \(SHOT-A_v01_take01\) uses frames 20 to 29 of .* has 24 frames, 0 to 23/,
  );
  const early = await failing(room.render(room.list([room.event(1, "A", -2, 12, 0)])));
  assert.match(early.message, /uses frames -2 to 9/);
});

Deno.test("a take that was cut off or is no picture is refused, naming it", async () => {
  await using room = await Room.open("24");
  const take = await room.take("A", 100, 24);
  const edl = room.list([room.event(1, "A", 0, 12, 0)]);
  take.frames = 48;
  const short = await failing(room.render(edl));
  assert.deepEqual([short.class, /24 frames where 48 were recorded/.test(short.message)], ["invalid", true]);
  const path = room.paths.get("A")!;
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(path, bytes.subarray(0, bytes.length >> 1));
  const cut = await failing(room.render(edl));
  assert.equal(cut.class, "invalid");
  assert.match(cut.message, /"SHOT-A_v01_take01" cannot be used: .*broken or cut off/);
  await Deno.writeTextFile(path, "<html>not found</html>");
  assert.match((await failing(room.render(edl))).message, /no picture or video/);
});

Deno.test("what cannot be rendered is refused before a frame is made", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 48);
  const cases: [EdlEvent[], RegExp][] = [
    [
      [room.event(1, "NOBODY", 0, 12, 0)],
      /Event 001 \(NOBODY\) uses reel "NOBODY", which is none of the takes/,
    ],
    [
      [room.event(1, "A", 0, 12, 0), room.event(2, "A", 0, 12, 6)],
      /Event 002 .* begins 6 frames before Event 001/,
    ],
    [
      [room.event(1, "A", 0, 12, 0, { transition: { kind: "wipe", pattern: 77, frames: 6 } })],
      /Event 001 .* is wipe 77, which is none of those that can be drawn/,
    ],
    [
      [room.event(1, "A", 0, 12, 0, { transition: { kind: "key", code: "K", frames: 6 } })],
      /Event 001 .* is a key; cuts, dissolves and wipes are what can be rendered/,
    ],
    [
      [
        room.event(1, "A", 30, 18, 0),
        room.event(2, "A", 0, 12, 18, { transition: { kind: "dissolve", frames: 6 } }),
      ],
      /Event 002 .* dissolves out of "SHOT-A_v01_take01" over its frames 48 to 53/,
    ],
    [[room.event(1, "A", 0, 12, 0, { channels: "A" })], /no picture/],
  ];
  for (const [events, says] of cases) {
    const error = await failing(room.render(room.list(events)));
    assert.equal(error.class, "invalid");
    assert.match(error.message, says);
  }
  const rubbish = await failing(room.render("001 X V C 1 2 3 4"));
  assert.match(rubbish.message, /^Line 1: expected a timecode for the source in/);
});

Deno.test("a cancelled render stops at once with the reason it was given", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 24, { encoding: ["-c:v", "mpeg4"] });
  const stop = new AbortController();
  const reason = new JobFailure("cancelled", "The artist cancelled it.");
  const many = Array.from({ length: 50 }, (_, i) => room.event(i + 1, "A", i % 10, 10 + i % 5, i * 24));
  const running = room.render(room.list(many), {
    signal: stop.signal,
    onProgress: (it) => it.progress > 0 && stop.abort(reason),
  });
  assert.equal(await failing(running), reason);
});
