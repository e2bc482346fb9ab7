import assert from "node:assert/strict";
import { join } from "@std/path";
import { type EdlEvent, transitionLines } from "../../shared/edl/mod.ts";
import { ffmpeg, input } from "../media/mod.ts";
import { loudness, readCodes } from "../media/testing.ts";
import { Room, run } from "./testing_room.ts";

for (
  const [format, fps, extension, codec] of [
    ["mov-prores", "25", "mov", "prores"],
    ["mp4-h265", "29.97", "mp4", "hevc"],
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
    assert.deepEqual(
      await readCodes(made.proxy!),
      await readCodes(made.file),
      "its preview is the same film",
    );
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
