import assert from "node:assert/strict";
import { type RateName, RATES } from "../../shared/time/rate.ts";
import { ffmpeg, input, videoEncoding } from "../media/mod.ts";
import { readCodes } from "../media/testing.ts";
import { Room, run } from "./testing_room.ts";

const SIZE = { width: 192, height: 108 };

/** Frames of a file as they are decoded, every complaint of the decoder being the end of it. */
async function framesOf(path: string, { width, height } = SIZE): Promise<Uint8Array[]> {
  const raw = `${path}.raw`;
  const strict = ["-xerror", "-err_detect", "explode"];
  await ffmpeg([
    ...strict,
    ...input(path),
    "-map",
    "0:v:0",
    "-fps_mode",
    "passthrough",
    "-f",
    "rawvideo",
    `file:${raw}`,
  ]);
  const bytes = await Deno.readFile(raw);
  await Deno.remove(raw);
  const size = (width * height * 3) / 2;
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Decibels of the frame over what differs from it; Infinity where nothing does. */
function likeness(frame: Uint8Array, other: Uint8Array): number {
  const error = frame.reduce((sum, byte, i) => sum + (byte - other[i]!) ** 2, 0) / frame.length;
  return 10 * Math.log10(255 ** 2 / error);
}

for (const [fps, group] of [["23.976", 12], ["25", 90], ["59.94", 30]] as [RateName, number][]) {
  Deno.test(`at ${fps} with a key frame every ${group} one frame of a shot is encoded, and all others are the take's own`, async () => {
    await using room = await Room.open(fps, SIZE);
    const encoding = [...videoEncoding(room.rate), "-g", String(group), "-sc_threshold", "0"];
    for (const [i, reel] of ["A", "B"].entries()) {
      await room.take(reel, 1 + i * 300, 120, { ...SIZE, encoding });
    }
    // To beyond the next key frame, within a group, its last frame alone, and from a key frame on.
    const shots: [string, number, number][] = [["A", 5, 90], ["B", 14, 7], ["A", group - 1, 20], [
      "B",
      0,
      25,
    ]];
    let at = 0;
    const list = room.list(
      shots.map(([reel, from, frames], i) => room.event(i + 1, reel, from, frames, (at += frames) - frames)),
    );
    const made = await room.render(list);
    assert.deepEqual([made.made_with.frames_encoded, made.made_with.frames_copied], [3, 139]);
    assert.deepEqual(
      await readCodes(made.file),
      shots.flatMap(([reel, from, frames]) => run((reel === "A" ? 1 : 301) + from, frames)),
    );
    const film = await framesOf(made.file);
    const takes = { A: await framesOf(room.paths.get("A")!), B: await framesOf(room.paths.get("B")!) };
    assert.equal(film.length, 142);
    let place = 0;
    for (const [reel, from, frames] of shots) {
      const take = takes[reel as "A" | "B"];
      for (let i = 0; i < frames; i++) {
        const like = likeness(film[place + i]!, take[from + i]!);
        // From the take's next key frame on, bit for bit; before it no eye can tell.
        const own = from % group === 0 || Math.floor((from + i) / group) > Math.floor(from / group);
        assert(
          own ? like === Infinity : like > 48,
          `${reel} from ${from}, frame ${i}: ${like.toFixed(1)} dB`,
        );
      }
      place += frames;
    }
  });
}

Deno.test("a cut into a fade out of the dark is not lifted with it: what is wrong in its first frame would be seen in the light", async () => {
  const size = { width: 384, height: 216 };
  await using room = await Room.open("24", size);
  const to = `${room.folder}/A.mp4`;
  const fade = `mandelbrot=s=${size.width}x${size.height}:rate=24:start_scale=1.2:end_scale=0.4,fade=in:0:80`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", fade, "-frames:v", "100", ...videoEncoding(room.rate), "-g", "90"],
    ...["-sc_threshold", "0", "-video_track_timescale", "12288", "-f", "mp4", `file:${to}`],
  ]);
  room.put("A", to, 100, "video", 0);
  const take = await framesOf(to, size);
  // In the dark, and where it is light already.
  for (const [from, encoded] of [[20, 70], [80, 1]] as const) {
    const made = await room.render(room.list([room.event(1, "A", from, 95 - from, 0)]));
    assert.equal(made.made_with.frames_encoded, encoded);
    const film = await framesOf(made.file, size);
    for (const [i, frame] of film.entries()) {
      const like = likeness(frame, take[from + i]!);
      assert(like > 37, `from ${from}, frame ${i}: ${like.toFixed(1)} dB`);
    }
  }
});

Deno.test("a take that lies in slices, which have their numbers each, is encoded up to its key frame, and its film has every frame", async () => {
  await using room = await Room.open("24", SIZE);
  const slices = ["-sc_threshold", "0", "-x264-params", "stitchable=1:open-gop=0:slices=3"];
  await room.take("A", 1, 60, { ...SIZE, encoding: [...videoEncoding(RATES["24"]), ...slices] });
  await room.take("B", 301, 60, { ...SIZE, encoding: [...videoEncoding(RATES["24"]), "-sc_threshold", "0"] });
  const list = room.list([room.event(1, "A", 5, 30, 0), room.event(2, "B", 5, 30, 30)]);
  const made = await room.render(list);
  assert.equal(made.made_with.frames_encoded, 7 + 1);
  assert.deepEqual(await readCodes(made.file), [...run(6, 30), ...run(306, 30)]);
});
