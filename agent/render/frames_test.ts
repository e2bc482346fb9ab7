import assert from "node:assert/strict";
import { join } from "@std/path";
import { mixAt, transitionLines, wipeOf, writeEdl } from "../../shared/edl/mod.ts";
import { nominalRate, type RateName } from "../../shared/time/rate.ts";
import { canDrop, formatTimecode } from "../../shared/time/timecode.ts";
import { ffmpeg, ffprobe, input } from "../media/mod.ts";
import { readCodes } from "../media/testing.ts";
import { grey, Room, run } from "./testing_room.ts";

const RATES: [RateName, boolean][] = [
  ...([
    ["23.976", false],
    ["24", false],
    ["25", false],
    ["29.97", false],
    ["29.97", true],
    ["30", false],
    ["50", false],
    ["59.94", true],
    ["60", false],
  ] as [RateName, boolean][]),
];

for (const [fps, drop] of RATES) {
  Deno.test(`at ${fps}${drop ? " drop-frame" : ""} every frame is the one that the list names: cut, slowed, hurried, backwards, held`, async () => {
    await using room = await Room.open(fps, { width: 96, height: 54 });
    const own = { width: 96, height: 54 };
    await room.take("A", 1, 90, own);
    await room.take("B", 201, 40, { ...own, encoding: ["-c:v", "mpeg4", "-q:v", "2", "-bf", "2"] });
    const per = nominalRate(room.rate);
    const at = (
      number: number,
      reel: string,
      from: number,
      used: number,
      place: number,
      frames: number,
      speed?: number,
    ) => {
      const event = room.event(number, reel, from, used, place, speed === undefined ? {} : { speed });
      event.record.out = event.record.in + frames;
      return event;
    };
    const last = at(8, "B", 4, 16, 96, 16);
    const events = [
      at(1, "A", 5, 25, 0, 25),
      at(2, "B", 3, 12, 25, 12),
      // Four frames of nothing, then twice as fast, half as fast, five thirds, backwards, held.
      at(3, "A", 20, 20, 41, 10, 2 * per),
      at(4, "A", 50, 7, 51, 14, per / 2),
      at(5, "A", 30, 12, 65, 12, -per),
      at(6, "A", 40, 1, 77, 5, 0),
      at(7, "A", 60, 14, 82, 14),
      ...transitionLines(
        { ...last, transition: { kind: "dissolve", frames: 6 } },
        at(7, "A", 60, 14, 82, 14),
      ),
    ];
    // The clock passes a full minute, where drop-frame leaves numbers out.
    const shift = (drop ? 60 * per - 40 : 0) + (drop ? (room.hour / per) * per - room.hour : 0);
    for (const event of events) {
      event.record = { in: event.record.in + shift, out: event.record.out + shift };
    }
    const edl = writeEdl({ title: "Film", rate: room.rate, drop, comments: [], events });
    const made = await room.render(edl);
    const codes = await readCodes(made.file);
    const floor = (count: number, num: number, den: number, base: number) =>
      Array.from({ length: count }, (_, i) => base + Math.floor((i * num) / den));
    const expected = [
      ...run(6, 25),
      ...run(204, 12),
      ...run(0, 4).fill(0),
      ...floor(10, 2, 1, 21),
      ...floor(14, 1, 2, 51),
      ...run(31, 12).reverse(),
      ...run(0, 5).fill(41),
      ...run(61, 14),
    ];
    assert.deepEqual(codes.slice(0, 96), expected);
    assert.deepEqual(codes.slice(102), run(211, 10));
    assert.equal(codes.length, 112);
    assert.equal(canDrop(room.rate) || !drop, true);
    const clock = formatTimecode(room.hour + shift, room.rate, { drop });
    const said = await ffprobe(["-show_entries", "stream_tags=timecode", ...input(made.file)]);
    assert(said.includes(`timecode=${clock}`), said);
  });
}

/** Pixels of a film of frames, gray, each frame apart. */
async function grays(path: string, width: number, height: number): Promise<Uint8Array[]> {
  const raw = `${path}.gray`;
  const gray = "scale=in_range=tv:out_range=pc,format=gray";
  await ffmpeg([...input(path), "-map", "0:v:0", "-vf", gray, "-f", "rawvideo", `file:${raw}`]);
  const bytes = await Deno.readFile(raw);
  const size = width * height;
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

Deno.test("a dissolve blends in even steps and a wipe draws the shape that the list numbers", async () => {
  const [width, height] = [64, 48];
  await using room = await Room.open("24", { width, height });
  for (const [reel, level] of [["DARK", 40], ["LIGHT", 220]] as const) {
    const path = join(room.folder, `${reel}.png`);
    await grey(path, level, width, height);
    room.put(reel, path, 1, "image", 0);
  }
  const dark = room.event(1, "DARK", 0, 10, 0);
  const light = room.event(2, "LIGHT", 0, 20, 10, { transition: { kind: "dissolve", frames: 9 } });
  const back = room.event(3, "DARK", 0, 20, 30, { transition: { kind: "wipe", pattern: 119, frames: 8 } });
  const on = room.event(4, "LIGHT", 0, 20, 50, { transition: { kind: "wipe", pattern: 201, frames: 5 } });
  const list = room.list([
    dark,
    ...transitionLines(light, dark),
    ...transitionLines(back, light),
    ...transitionLines(on, back),
  ]);
  // Lossless, so that each pixel counts.
  const made = await room.render(list, { as: { format: "mov-dnxhr" }, spec: { width: 256, height: 192 } });
  const frames = await grays(made.file, 256, 192);
  assert.equal(frames.length, 70);
  const middle = (frame: number) => frames[frame]![256 * 96 + 128]!;
  const close = (frame: number, level: number) =>
    assert(Math.abs(middle(frame) - level) <= 3, `frame ${frame} is ${middle(frame)} where ${level} is due`);
  close(9, 40);
  for (let i = 0; i < 9; i++) close(10 + i, 40 + 180 * mixAt(i, 9));
  close(19, 220);
  for (const [begin, pattern, count, goes] of [[30, 119, 8, -1], [50, 201, 5, 1]] as const) {
    const { order } = wipeOf(pattern)!;
    for (let i = 0; i < count; i++) {
      let wrong = 0;
      for (let y = 0; y < 192; y++) {
        for (let x = 0; x < 256; x++) {
          const incoming = order((x + 0.5) / 256, (y + 0.5) / 192) < mixAt(i, count);
          const bright = frames[begin + i]![y * 256 + x]! > 130;
          if (bright !== (goes > 0 ? incoming : !incoming)) wrong++;
        }
      }
      // The edge itself is soft: a few pixels along it.
      assert(wrong < 600, `wipe ${pattern}, frame ${i}: ${wrong} pixels are the other picture's`);
    }
  }
});
