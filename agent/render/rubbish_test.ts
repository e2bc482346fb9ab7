import assert from "node:assert/strict";
import { join } from "@std/path";
import { writeEdl } from "../../shared/edl/mod.ts";
import { JobFailure } from "../lease/executor.ts";
import { ffmpeg, input, inspect } from "../media/mod.ts";
import { loudness, makeCodedClip, readCodes } from "../media/testing.ts";
import { Room, run } from "./testing_room.ts";

async function failing(work: Promise<unknown>): Promise<JobFailure> {
  try {
    await work;
  } catch (error) {
    assert(error instanceof JobFailure, String(error));
    return error;
  }
  assert.fail("it should have failed");
}

const SMALL = { width: 96, height: 54 };

Deno.test("ten bits, odd sizes, alpha, B-frames and a phone's turned video all come out as the film's own picture", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("DEEP", 100, 12, {
    ...SMALL,
    encoding: ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error"],
  });
  await room.take("ODD", 200, 12, { width: 97, height: 55, encoding: ["-c:v", "mjpeg", "-q:v", "2"] });
  await room.take("BFRAMES", 300, 24, {
    ...SMALL,
    encoding: ["-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p"],
  });
  const clear = join(room.folder, "clear.mov");
  // White, and nothing to be seen of it.
  await ffmpeg([
    ...["-f", "lavfi", "-i", "color=white@0:s=96x54:r=24,format=rgba", "-frames:v", "12", "-c:v", "qtrle"],
    `file:${clear}`,
  ]);
  room.put("CLEAR", clear, 12, "video", 9000);
  const phone = join(room.folder, "phone.mov");
  await makeCodedClip({ to: phone, first: 1, frames: 12, rate: room.rate, ...SMALL });
  await Deno.writeFile(phone, turned(await Deno.readFile(phone)));
  room.put("PHONE", phone, 12, "video", 9500);
  const list = room.list([
    room.event(1, "DEEP", 2, 8, 0),
    room.event(2, "ODD", 1, 8, 8),
    room.event(3, "BFRAMES", 5, 13, 16),
    room.event(4, "CLEAR", 0, 6, 29),
    room.event(5, "PHONE", 0, 6, 35),
  ]);
  const made = await room.render(list);
  const codes = await readCodes(made.file);
  assert.deepEqual(codes.slice(0, 29), [...run(102, 8), ...run(201, 8), ...run(305, 13)]);
  assert.deepEqual(codes.slice(29, 35), run(0, 6).fill(0), "what is transparent is black");
  assert.equal(codes.length, 41);
  const it = await inspect(made.file);
  assert.deepEqual([it.width, it.height, it.pixelFormat, it.plain], [96, 54, "yuv420p", true]);
  // Upright in the middle of the picture, with black on both sides.
  const raw = `${made.file}.row`;
  await ffmpeg([
    ...[...input(made.file), "-vf", "select='eq(n,36)',crop=96:2:0:50,scale=96:1,format=gray"],
    ...["-frames:v", "1", "-f", "rawvideo", `file:${raw}`],
  ]);
  const row = await Deno.readFile(raw);
  assert(row[4]! < 30 && row[91]! < 30);
});

/** The first track's matrix (ISO 14496-12, 8.3.2) says a quarter turn, as phones write it. */
function turned(file: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(file);
  const view = new DataView(bytes.buffer);
  const header = new TextDecoder("latin1").decode(bytes).indexOf("tkhd");
  [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000].forEach((value, i) =>
    view.setInt32(header + 44 + i * 4, value)
  );
  return bytes;
}

Deno.test("a take whose frames last differently keeps its time", async () => {
  await using room = await Room.open("24", SMALL);
  const clip = join(room.folder, "steady.mp4");
  await makeCodedClip({ to: clip, first: 1, frames: 48, rate: room.rate, ...SMALL });
  const path = join(room.folder, "varying.mkv");
  // Two in three frames of the second half are left out; the others stand where they were.
  const pick = "select='lt(n,24)+not(mod(n,3))'";
  await ffmpeg([
    ...[...input(clip), "-vf", pick, "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "0", "-f", "matroska"],
    `file:${path}`,
  ]);
  assert.equal((await inspect(path)).constant, false);
  room.put("VFR", path, 32, "video", 0);
  const made = await room.render(room.list([room.event(1, "VFR", 12, 20, 0)]));
  const codes = await readCodes(made.file);
  assert.deepEqual(codes.slice(0, 12), run(13, 12));
  assert.deepEqual(codes.slice(12), [25, 25, 25, 28, 28, 28, 31, 31]);
});

Deno.test("names that look like options, URLs and filters are only names, and nothing is fetched or overwritten", async () => {
  await using room = await Room.open("24", SMALL);
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    asked++;
    return new Response("no");
  });
  const url = `http://127.0.0.1:${server.addr.port}/secret.mp4`;
  const mine = join(room.folder, "mine.txt");
  await Deno.writeTextFile(mine, "mine");
  await room.take("A", 100, 24, SMALL);
  const names = [
    "-y",
    url,
    `concat:${mine}|${url}`,
    "'; drop,movie=" + url,
    "%{pts}:x=1",
    "../../../etc/passwd",
  ];
  for (const name of names) {
    room.takes[0]!.file_name = `${name}.mp4`;
    const event = room.event(1, "A", 0, 12, 0);
    const list = writeEdl({
      ...{ title: name.slice(0, 60), rate: room.rate, drop: false, comments: [] },
      events: [{ ...event, clip: name }],
    });
    const made = await room.render(list, { as: { burn_in: true } });
    assert.equal(made.media.frames, 12);
  }
  const playlist = join(room.folder, "list.mp4");
  await Deno.writeTextFile(playlist, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n`);
  room.put("LIST", playlist, 12, "video", 5000);
  assert.match(
    (await failing(room.render(room.list([room.event(1, "LIST", 0, 12, 0)])))).message,
    /no picture or video/,
  );
  assert.equal(asked, 0);
  assert.equal(await Deno.readTextFile(mine), "mine");
});

Deno.test("1,200 events are cut, those of no length are passed over, and overlapping ones named by their line", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("A", 1, 60, SMALL);
  const line = (number: number, from: number, frames: number, at: number) => {
    const code = (frame: number) =>
      `${String(Math.floor(frame / 86400)).padStart(2, "0")}:${
        String(Math.floor(frame / 1440) % 60).padStart(2, "0")
      }:${String(Math.floor(frame / 24) % 60).padStart(2, "0")}:${String(frame % 24).padStart(2, "0")}`;
    const hour = 86400;
    return `${String(number).padStart(3, "0")}  A V C ${code(from)} ${code(from + frames)} ${
      code(hour + at)
    } ${code(hour + at + frames)}`;
  };
  let place = 0;
  const lines = Array.from({ length: 1200 }, (_, i) => {
    const frames = i % 100 === 7 ? 0 : 2;
    place += frames;
    return line(i + 1, (i % 4) * 12, frames, place - frames);
  });
  const made = await room.render(["TITLE: Many", ...lines].join("\n"));
  assert.equal(made.media.frames, 1188 * 2);
  assert.equal(made.made_with.frames_encoded, 0);
  const codes = await readCodes(made.file);
  assert.deepEqual(codes.slice(0, 8), [1, 2, 13, 14, 25, 26, 37, 38]);
  const bad = ["TITLE: Bad", line(1, 0, 12, 0), line(2, 0, 12, 6)].join("\n");
  assert.match((await failing(room.render(bad))).message, /^Line 3: .*begins 6 frames before/);
  const none = ["TITLE: None", line(1, 0, 0, 0)].join("\n");
  assert.match((await failing(room.render(none))).message, /no picture/);
});

Deno.test("a take that is broken in its middle is named, and one that was not fetched", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("A", 100, 48, { ...SMALL, encoding: ["-c:v", "mjpeg", "-q:v", "2", "-f", "avi"] });
  const list = room.list([room.event(1, "A", 0, 24, 0)]);
  const path = room.paths.get("A")!;
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(path, bytes.subarray(0, bytes.length >> 1));
  const error = await failing(room.render(list));
  assert.equal(error.class, "invalid");
  assert.match(error.message, /SHOT-A_v01_take01/);
  room.paths.delete("A");
  assert.match((await failing(room.render(list))).message, /"SHOT-A_v01_take01" \(reel A\) was not fetched/);
});

Deno.test("a take of another rate shows the frame that is on the screen then, and a film may have wide pixels", async () => {
  await using room = await Room.open("25", SMALL);
  await room.take("FAST", 1, 60, { ...SMALL, rate: { num: 30, den: 1 } });
  await room.take("SLOW", 101, 20, { ...SMALL, rate: { num: 24000, den: 1001 } });
  const list = room.list([room.event(1, "FAST", 5, 20, 0), room.event(2, "SLOW", 2, 15, 20)]);
  const made = await room.render(list);
  const shown = (first: number, from: number, frames: number, rate: number) =>
    Array.from({ length: frames }, (_, i) => first + Math.floor(((from + i) * rate) / 25 + 1e-9));
  assert.deepEqual(await readCodes(made.file), [...shown(1, 5, 20, 30), ...shown(101, 2, 15, 24000 / 1001)]);
  const wide = await room.render(list, { spec: { pixel_aspect: "64:45" } });
  const it = await inspect(wide.file);
  assert.deepEqual([it.aspect, it.width, it.height, it.frames], [[64, 45], 96, 54, 35]);
});

Deno.test("a take without sound is silent for as long as it is seen, beside one that is heard, and a film of such takes is silent", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("MUTE", 1, 48, SMALL);
  await room.take("LOUD", 101, 48, { ...SMALL, tone: 440 });
  const shots = ["MUTE", "LOUD", "MUTE"];
  const made = await room.render(room.list(shots.map((reel, i) => room.event(i + 1, reel, 0, 48, i * 48))));
  assert.equal((await inspect(made.file)).audio, true);
  const heard: number[] = [];
  for (const from of [0.1, 2.1, 4.1]) heard.push(await loudness(made.file, from, from + 1.8));
  assert(heard[0]! < 1e-4 && heard[1]! > 0.01 && heard[2]! < 1e-4, heard.join(", "));
  const silent = await room.render(room.list([room.event(1, "MUTE", 5, 40, 0)]));
  assert(await loudness(silent.file, 0, 1.6) < 1e-4);
});

Deno.test("a take that is deleted while its film is made ends the render in words, and leaves no film", async () => {
  await using room = await Room.open("24", SMALL);
  await room.take("A", 1, 48, SMALL);
  await room.take("B", 101, 48, { ...SMALL, encoding: ["-c:v", "mpeg4", "-q:v", "2"] });
  // Copied from its key frame on, and encoded.
  for (const reel of ["A", "B"]) {
    const path = room.paths.get(reel)!;
    const bytes = await Deno.readFile(path);
    const list = room.list([room.event(1, reel, 0, 30, 0)]);
    let there = true;
    // The takes have been read by then.
    const error = await failing(room.render(list, {
      onProgress: ({ stage }) => {
        if (there && stage.startsWith("Needs about")) Deno.removeSync(path);
        there &&= !stage.startsWith("Needs about");
      },
    }));
    assert(!there);
    assert.deepEqual(
      [error.class, /removed from this machine/.test(error.message)],
      ["agent", true],
      error.message,
    );
    assert.deepEqual([...Deno.readDirSync(room.folder)].filter(({ name }) => /^(film|cut)/.test(name)), []);
    await Deno.writeFile(path, bytes);
  }
});

Deno.test("in an agent's folder of any name a film and its sheet are made", async () => {
  for (const format of ["contact-sheet", "mp4-h264"] as const) {
    await using room = await Room.open("24", SMALL, "50% of %03d, ünï [x] it's; a=b {y}");
    await room.take("A", 1, 30, { ...SMALL, tone: 440 });
    await room.take("B", 101, 30, { ...SMALL, encoding: ["-c:v", "mpeg4", "-q:v", "2"] });
    const list = room.list([room.event(1, "A", 3, 12, 0), room.event(2, "B", 3, 12, 12)]);
    const words = format === "contact-sheet" ? {} : { burn_in: true, watermark: "100%" };
    const made = await room.render(list, { as: { format, ...words } });
    assert((await Deno.stat(made.file)).size > 1_000, format);
    if (format === "mp4-h264") assert.equal((await inspect(made.file)).frames, 24);
  }
});
