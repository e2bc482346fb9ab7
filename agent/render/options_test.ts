import assert from "node:assert/strict";
import { join } from "@std/path";
import { crc32 } from "node:zlib";
import { ffmpeg, ffmpegSays, ffprobe, input, probe } from "../media/mod.ts";
import { loudness, readCodes } from "../media/testing.ts";
import { grey, Room, run } from "./testing_room.ts";

Deno.test("DNxHR is delivered with ten bits, or eight, and every frame", async () => {
  await using room = await Room.open("25", { width: 256, height: 144 });
  await room.take("A", 100, 30, { width: 256, height: 144, tone: 440 });
  const list = room.list([room.event(1, "A", 5, 20, 0)]);
  for (const [format, pixels] of [["mov-dnxhr", "yuv422p10le"], ["mov-dnxhr-hq", "yuv422p"]] as const) {
    const made = await room.render(list, { as: { format } });
    assert.deepEqual(
      [made.extension, made.media.codec, made.media.pixel_format, made.media.frames],
      ["mov", "dnxhd", pixels, 20],
    );
    assert.deepEqual(await readCodes(made.file), run(105, 20));
    const sound = ["-select_streams", "a:0", "-show_entries", "stream=codec_name,duration", "-of", "csv=p=0"];
    assert.equal((await ffprobe([...sound, ...input(made.file)])).trim(), "pcm_s16le,0.800000");
  }
});

Deno.test("a picture sequence is a ZIP of every frame in its true colours, numbered, with the sound beside them", async () => {
  await using room = await Room.open("24");
  const red = join(room.folder, "red.png");
  await ffmpeg([
    "-f",
    "lavfi",
    "-i",
    "color=0xc82850:s=192x108,format=rgb24",
    "-frames:v",
    "1",
    `file:${red}`,
  ]);
  room.put("RED", red, 1, "image", 0);
  await room.take("A", 100, 12, { tone: 440 });
  const made = await room.render(room.list([room.event(1, "RED", 0, 3, 0), room.event(2, "A", 2, 5, 3)]), {
    as: { format: "png-sequence" },
  });
  assert.deepEqual([made.extension, made.media.frames, made.media.format], ["zip", 8, "zip"]);
  const files = unzip(await Deno.readFile(made.file));
  const names = Array.from({ length: 8 }, (_, i) => `The-Film_v001/The-Film_v001.00000${i + 1}.png`);
  assert.deepEqual([...files.keys()], [...names, "The-Film_v001/The-Film_v001.wav"]);
  const pixel = async (name: string) => {
    const path = join(room.folder, "one.png");
    await Deno.writeFile(path, files.get(name)!);
    const raw = `${path}.raw`;
    await ffmpeg([...input(path), "-vf", "crop=1:1:96:54,format=rgb24", "-f", "rawvideo", `file:${raw}`]);
    return [...await Deno.readFile(raw)];
  };
  assert.deepEqual(await pixel(names[0]!), [0xc8, 0x28, 0x50]);
  // Code 102: its bars are black and white at full range.
  const bars = await pixel(names[3]!);
  assert(bars.every((value) => value < 12 || value > 243), String(bars));
  assert.equal(files.get("The-Film_v001/The-Film_v001.wav")!.length - 16_000 * 4 < 200, true);
  assert.equal((await probe(made.proxy!)).frames, 8);
});

/** The files of an archive by its directory (APPNOTE 4.3.12, ZIP64 4.5.3), checked by their sums. */
function unzip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer);
  const wide = Number(view.getBigUint64(bytes.length - 22 - 20 + 8, true));
  const files = new Map<string, Uint8Array>();
  let at = Number(view.getBigUint64(wide + 48, true));
  for (let count = Number(view.getBigUint64(wide + 32, true)); count > 0; count--) {
    assert.equal(view.getUint32(at, true), 0x02014b50);
    const name = view.getUint16(at + 28, true);
    const extra = at + 46 + name;
    const [size, head] = [8, 0].map((i) => Number(view.getBigUint64(extra + (i === 8 ? 4 : 20), true)));
    const body = head! + 30 + view.getUint16(head! + 26, true) + view.getUint16(head! + 28, true);
    const file = bytes.slice(body, body + size!);
    assert.equal(crc32(file), view.getUint32(at + 16, true));
    files.set(new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), file);
    at = extra + view.getUint16(at + 30, true);
  }
  return files;
}

Deno.test("a film is brought to the loudness that is asked for, its length untouched, and silence stays silent", async () => {
  await using room = await Room.open("25");
  await room.take("TALK", 100, 100, { tone: 300 });
  await room.take("MUTE", 200, 30);
  const list = room.list([room.event(1, "TALK", 0, 100, 0)]);
  for (const lufs of [-23, -14] as const) {
    const made = await room.render(list, { as: { format: "mov-prores", loudness: lufs } });
    const said = await ffmpegSays([...input(made.file), "-af", "ebur128", "-f", "null", "-"]);
    const measured = Number(/I:\s+(-?[\d.]+) LUFS/.exec(said.slice(said.lastIndexOf("Summary")))?.[1]);
    assert(Math.abs(measured - lufs) < 0.6, `${measured} LUFS where ${lufs} were asked for`);
    assert.equal(typeof made.made_with.measured, "number");
    const length = ["-select_streams", "a:0", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"];
    assert.equal(Number(await ffprobe([...length, ...input(made.file)])), 192_000);
  }
  const mute = await room.render(room.list([room.event(1, "MUTE", 0, 30, 0)]), { as: { loudness: -23 } });
  assert((await loudness(mute.file, 0, 1)) < 0.0001);
});

Deno.test("a watermark lies over every frame; end titles roll after the list's last, in any script, and are silent", async () => {
  await using room = await Room.open("24");
  const still = join(room.folder, "grey.png");
  await grey(still, 90, 192, 108);
  room.put("GREY", still, 1, "image", 0);
  const list = room.list([room.event(1, "GREY", 0, 12, 0)]);
  const marked = await room.render(list, { as: { watermark: "Ö'N: 9% [x];\\%{n}" } });
  const brightness = async (path: string, frame: number) => {
    const raw = `${path}.${frame}`;
    const pick = `select='eq(n,${frame})',format=gray`;
    await ffmpeg([
      ...input(path),
      "-map",
      "0:v:0",
      "-vf",
      pick,
      "-frames:v",
      "1",
      "-f",
      "rawvideo",
      `file:${raw}`,
    ]);
    const bytes = await Deno.readFile(raw);
    return {
      spread: Math.max(...bytes) - Math.min(...bytes),
      mean: bytes.reduce((a, b) => a + b) / bytes.length,
    };
  };
  assert((await brightness(marked.file, 0)).spread > 15 && (await brightness(marked.file, 11)).spread > 15);
  const plain = await room.render(list, {
    spec: { credits: { lines: ["The Film", "", "Directed by: Jürgen % 'X'", "監督"], frames: 96 } },
  });
  assert((await brightness(plain.file, 11)).spread < 6, "the shot itself is untouched");
  assert.equal(plain.media.frames, 12 + 96);
  assert((await brightness(plain.file, 13)).mean < 20, "the titles come from below a black picture");
  assert((await brightness(plain.file, 55)).spread > 100, "and are on it in the middle");
  assert((await brightness(plain.file, 107)).spread < 12, "and have left it at the end");
  assert((await loudness(plain.file, 1, 4)) < 0.001);
});

Deno.test("a poster is a frame of the film, and a contact sheet has a picture of each shot", async () => {
  await using room = await Room.open("24");
  await room.take("A", 100, 24);
  await room.take("B", 300, 24);
  const list = room.list([
    room.event(1, "A", 0, 24, 0),
    room.event(2, "B", 0, 24, 24),
    room.event(3, "A", 4, 12, 48),
  ]);
  const poster = await room.render(list, { as: { format: "poster" } });
  assert.deepEqual([poster.extension, poster.media.width, poster.media.frames], ["png", 192, 1]);
  assert.equal(poster.media.rate, undefined);
  assert.deepEqual(await readCodes(poster.file), [120]);
  const sheet = await room.render(list, { as: { format: "contact-sheet" } });
  // Two columns of 192 and two rows of 108 with a line of words, and six pixels around each.
  assert.deepEqual([sheet.media.width, sheet.media.height], [2 * 192 + 3 * 6, 2 * (108 + 16) + 3 * 6]);
  const cell = join(room.folder, "cell.png");
  await ffmpeg([...input(sheet.file), "-vf", "crop=192:108:204:6", "-frames:v", "1", `file:${cell}`]);
  assert.deepEqual(await readCodes(cell), [312]);
});
