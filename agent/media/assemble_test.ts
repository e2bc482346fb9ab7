import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Lease } from "../../shared/agents/protocol.ts";
import { transitionLines, writeEdl } from "../../shared/edl/mod.ts";
import type { EdlEvent } from "../../shared/edl/mod.ts";
import type { AssembleSpec, Progress } from "../../shared/jobs/job.ts";
import { nominalRate, type RateName, RATES } from "../../shared/time/rate.ts";
import { JobFailure, type Result } from "../lease/executor.ts";
import { assembler } from "./assemble.ts";
import { ffmpeg, ffprobe, input } from "./ffmpeg.ts";
import { probe } from "./probe.ts";
import { loudness, makeCodedClip, openFolder, readCodes } from "./testing.ts";

type Input = AssembleSpec["inputs"][number];

/** A render of one project on disk: takes are made, a list is cut from them. */
class Room implements AsyncDisposable {
  readonly takes: Input[] = [];
  readonly paths = new Map<string, string>();
  readonly progress: Progress[] = [];
  private constructor(
    readonly folder: string,
    readonly fps: RateName,
    private readonly gone: AsyncDisposable,
  ) {}

  static async open(fps: RateName): Promise<Room> {
    const folder = await openFolder();
    return new Room(folder.path, fps, folder);
  }

  get rate() {
    return RATES[this.fps];
  }
  get hour() {
    return nominalRate(this.rate) * 3600;
  }

  /** A take whose frames carry the numbers from `first`. */
  async take(
    reel: string,
    first: number,
    frames: number,
    clip: Partial<Parameters<typeof makeCodedClip>[0]> = {},
  ) {
    const to = join(this.folder, `${reel}.mp4`);
    const start = this.takes.length * 1000;
    await makeCodedClip({ to, first, frames, rate: this.rate, timecodeStart: start, ...clip });
    return this.put(reel, to, frames, "video", start);
  }

  put(reel: string, path: string, frames: number, kind: Input["kind"], start: number): Input {
    const take = {
      ...{ name: reel, oid: "0".repeat(64), size: 1, file_name: `SHOT-${reel}_v01_take01.mp4` },
      ...{ timecode_start: start, frames, kind },
    };
    this.takes.push(take);
    this.paths.set(reel, path);
    return take;
  }

  event(
    number: number,
    reel: string,
    from: number,
    frames: number,
    at: number,
    more: Partial<EdlEvent> = {},
  ): EdlEvent {
    const take = this.takes.find((it) => it.name === reel);
    const start = (take?.timecode_start ?? 0) + from;
    return {
      ...{ number, reel, channels: "V", transition: { kind: "cut" }, comments: [] },
      source: { in: start, out: start + frames },
      record: { in: this.hour + at, out: this.hour + at + frames },
      ...(take ? { clip: take.file_name.replace(".mp4", "") } : {}),
      ...more,
    };
  }

  list(events: EdlEvent[]): string {
    return writeEdl({ title: "The Film", rate: this.rate, drop: false, comments: [], events });
  }

  render(
    edl: string,
    options: {
      signal?: AbortSignal;
      onProgress?: (p: Progress) => void;
      as?: AssembleSpec["options"];
    } = {},
  ): Promise<Result> {
    const spec: AssembleSpec = {
      ...{ kind: "assemble", edl, edl_name: "The-Film_v001.edl", name: "The-Film_v001" },
      ...{ fps: this.fps, width: 192, height: 108, inputs: this.takes, title: "The Film" },
      ...(options.as ? { options: options.as } : {}),
    };
    return assembler.run({ spec } as Lease, {
      folder: this.folder,
      slot: "cpu",
      inputs: this.paths,
      signal: options.signal ?? new AbortController().signal,
      progress: (it) => {
        this.progress.push(it);
        options.onProgress?.(it);
      },
      preview: () => {},
    });
  }

  async [Symbol.asyncDispose]() {
    await this.gone[Symbol.asyncDispose]();
  }
}

const run = (first: number, frames: number) => Array.from({ length: frames }, (_, i) => first + i);

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
    assert.equal((await probe(made.proxy!)).frames, 87);
    assert.equal((await probe(made.poster!)).format, "jpeg");
    assert.equal(room.progress.at(-1)!.progress, 1);
    assert.deepEqual(
      room.progress.map((it) => it.progress),
      room.progress.map((it) => it.progress).toSorted((a, b) => a - b),
    );
  });
}

for (
  const [format, fps, extension, codec] of [
    ["mov-prores", "25", "mov", "prores"],
    ["webm", "23.976", "webm", "vp9"],
  ] as const
) {
  Deno.test(`a film is delivered as ${format} at ${fps} with every frame of its list and its sound`, async () => {
    await using room = await Room.open(fps);
    await room.take("A", 100, 40, { tone: 440 });
    await room.take("B", 200, 30);
    const made = await room.render(room.list([room.event(1, "A", 5, 30, 0), room.event(2, "B", 0, 12, 30)]), {
      as: { format, burn_in: false },
    });
    assert.deepEqual([made.extension, made.media.format, made.media.codec], [extension, extension, codec]);
    assert.equal(made.media.frames, 42);
    const [num, den] = made.media.rate!.split("/").map(Number);
    assert(Math.abs(num! / den! / (room.rate.num / room.rate.den) - 1) < 0.0002, made.media.rate);
    assert.deepEqual(await readCodes(made.file), [...run(105, 30), ...run(200, 12)]);
    assert((await loudness(made.file, 0.2, 1)) > 0.05);
    assert((await loudness(made.file, 1.4, 1.6)) < 0.005);
    const told = room.progress.map((it) => it.progress);
    assert.deepEqual(told, told.toSorted((a, b) => a - b));
    assert.equal(told.at(-1), 1);
  });
}

Deno.test("a review copy has shot, take and timecode in every frame, and the rest of the picture as it was", async () => {
  await using room = await Room.open("24");
  const grey = join(room.folder, "grey.png");
  await ffmpeg(["-f", "lavfi", "-i", "color=gray:s=192x108", "-frames:v", "1", `file:${grey}`]);
  await room.take("A", 100, 30);
  await room.take("B", 200, 30);
  room.put("STILL", grey, 1, "image", 5000);
  const first = room.event(1, "A", 0, 20, 0);
  const second = room.event(2, "B", 0, 20, 20, { transition: { kind: "dissolve", frames: 6 } });
  const list = room.list([first, ...transitionLines(second, first), room.event(3, "STILL", 0, 12, 40)]);
  const made = await room.render(list, { as: { format: "mp4-h264", burn_in: true } });
  assert.equal(made.made_with.frames_copied, 0);
  const codes = await readCodes(made.file);
  assert.equal(codes.length, 52);
  assert.deepEqual([...codes.slice(0, 21), ...codes.slice(26, 40)], [...run(100, 21), ...run(206, 14)]);
  /** Pixels of the still's foot, frame by frame: the words at the left, the clock at the right. */
  const foot = async (x: number) => {
    const raw = `${made.file}.${x}`;
    const crop = `crop=64:16:${x}:86,format=gray`;
    await ffmpeg([...input(made.file), "-map", "0:v:0", "-vf", crop, "-f", "rawvideo", `file:${raw}`]);
    const bytes = await Deno.readFile(raw);
    return Array.from({ length: 12 }, (_, i) => bytes.slice((40 + i) * 1024, (41 + i) * 1024));
  };
  const changed = (frames: Uint8Array[]) =>
    frames.slice(1).map((frame, i) =>
      frame.filter((value, at) => Math.abs(value - frames[i]![at]!) > 60).length
    );
  const [words, clock] = [await foot(8), await foot(122)];
  assert(words[0]!.some((value) => value > 200), "there are words");
  assert(changed(words).every((count) => count === 0), "the words stay");
  assert(changed(clock).every((count) => count > 0), "the clock runs with every frame");
});

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

Deno.test("dissolves mix sound with picture, and black at head and tail is silence that it comes out of and goes into", async () => {
  await using room = await Room.open("24");
  await room.take("ONE", 100, 60, { tone: 440 });
  await room.take("TWO", 200, 60, { tone: 660 });
  const [one, two] = [room.event(1, "ONE", 0, 36, 0), room.event(2, "TWO", 6, 24, 36)];
  const black = room.event(3, "BL", 0, 12, 60);
  const mix = (event: EdlEvent, from: EdlEvent | null) =>
    transitionLines({ ...event, transition: { kind: "dissolve", frames: 12 } }, from);
  const made = await room.render(room.list([...mix(one, null), ...mix(two, one), ...mix(black, two)]));
  const codes = await readCodes(made.file);
  assert.equal(codes.length, 72);
  assert.deepEqual(codes.slice(12, 37), run(112, 25), "the dissolve begins with the outgoing picture");
  assert.deepEqual(codes.slice(48, 61), run(218, 13));
  assert.equal(codes[0], 0);
  const full = await loudness(made.file, 0.8, 1.2);
  const mixed = await loudness(made.file, 1.5, 2);
  assert((await loudness(made.file, 0, 0.1)) < full * 0.35, "comes out of silence");
  assert(mixed > full * 0.5 && mixed < full, `two tones cross over: ${mixed} of ${full}`);
  assert(Math.abs((await loudness(made.file, 2.1, 2.4)) / full - 1) < 0.1);
  assert((await loudness(made.file, 2.9, 3)) < full * 0.35, "goes into silence");
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
    [[room.event(1, "A", 0, 12, 0, { speed: 12 })], /Event 001 .* plays at 12 frames a second/],
    [
      [room.event(1, "A", 0, 12, 0, { transition: { kind: "wipe", pattern: 1, frames: 6 } })],
      /Event 001 .* is a wipe; cuts and dissolves/,
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
  const many = Array.from({ length: 50 }, (_, i) => room.event(i + 1, "A", 0, 24, i * 24));
  const running = room.render(room.list(many), {
    signal: stop.signal,
    onProgress: (it) => it.progress > 0 && stop.abort(reason),
  });
  assert.equal(await failing(running), reason);
});
