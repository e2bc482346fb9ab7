import assert from "node:assert/strict";
import { join } from "@std/path";
import { RATES } from "../../../shared/time/rate.ts";
import { ffmpeg, ffprobe, input } from "../ffmpeg.ts";
import { makeCodedClip, openFolder, readCodes, run } from "../testing.ts";
import { streamHead, toStream } from "./avc.ts";
import { readMp4 } from "./read.ts";
import { writeMovie } from "./write.ts";

const BFRAMES = ["-c:v", "libx264", "-bf", "3", "-g", "12", "-pix_fmt", "yuv420p"];

Deno.test("a file's tables say what ffprobe says: sizes, places, key frames, and the order of showing", async () => {
  await using folder = await openFolder();
  const path = join(folder.path, "b.mp4");
  await makeCodedClip({ to: path, first: 1, frames: 30, rate: RATES["23.976"], encoding: BFRAMES });
  const [track] = (await readMp4(path))!.tracks;
  const said = await ffprobe([
    ...[
      "-select_streams",
      "v:0",
      "-show_entries",
      "packet=pts,size,pos,flags",
      "-of",
      "json",
      ...input(path),
    ],
  ]);
  const packets: { pts: number; size: string; pos: string; flags: string }[] = JSON.parse(said).packets;
  assert.deepEqual([...track!.sizes], packets.map((it) => Number(it.size)));
  assert.deepEqual([...track!.offsets], packets.map((it) => Number(it.pos)));
  assert.deepEqual([...track!.keys], packets.flatMap((it, i) => it.flags.startsWith("K") ? [i] : []));
  const times = packets.map((it) => it.pts).toSorted((a, b) => a - b);
  assert.deepEqual([...track!.shown!], packets.map((it) => times.indexOf(it.pts)));
  assert.deepEqual([track!.plain, track!.width, track!.height], [true, 192, 108]);
});

Deno.test("what is in fragments, cut off, or describes more than it holds is left to others", async () => {
  await using folder = await openFolder();
  const path = (name: string) => join(folder.path, name);
  await makeCodedClip({ to: path("whole.mp4"), first: 1, frames: 24, rate: RATES["24"] });
  const pieces = ["-c", "copy", "-movflags", "frag_keyframe+empty_moov"];
  await ffmpeg([...input(path("whole.mp4")), ...pieces, `file:${path("fragments.mp4")}`]);
  assert.equal(await readMp4(path("fragments.mp4")), null);
  await ffmpeg([
    ...input(path("whole.mp4")),
    "-c",
    "copy",
    "-movflags",
    "+faststart",
    `file:${path("fast.mp4")}`,
  ]);
  const bytes = await Deno.readFile(path("fast.mp4"));
  await Deno.writeFile(path("cut.mp4"), bytes.subarray(0, bytes.length - 500));
  assert.equal(await readMp4(path("cut.mp4")), null, "samples beyond the end of the file");
  const lying = bytes.slice();
  const table = new TextDecoder("latin1").decode(lying).indexOf("stsz");
  new DataView(lying.buffer).setUint32(table + 12, 0x7fffffff);
  await Deno.writeFile(path("lying.mp4"), lying);
  assert.equal(await readMp4(path("lying.mp4")), null);
  await Deno.writeTextFile(path("text.mp4"), "ftyp and nothing");
  assert.equal(await readMp4(path("text.mp4")), null);
});

Deno.test("two files with reordered frames become one, in MP4 and in QuickTime, with timecode and title", async () => {
  await using folder = await openFolder();
  const rate = RATES["29.97"];
  const parts = [];
  let [first, keys, shown]: [Uint8Array | null, number[], number[]] = [null, [], []];
  for (const code of [100, 200]) {
    const path = join(folder.path, `${code}.mp4`);
    await makeCodedClip({ to: path, first: code, frames: 17, rate, encoding: BFRAMES });
    const [track] = (await readMp4(path))!.tracks;
    first ??= track!.entry;
    keys.push(...[...track!.keys].map((key) => key + shown.length));
    const before = shown.length;
    shown.push(...[...track!.shown!].map((place) => place + before));
    parts.push({ path, offsets: track!.offsets, sizes: track!.sizes });
  }
  for (const quicktime of [false, true]) {
    const to = join(folder.path, quicktime ? "film.mov" : "film.mp4");
    await writeMovie({
      ...{ quicktime, sound: null, title: "Zwölf" },
      picture: {
        ...{ kind: "vide", entry: first!, timescale: 30000, delta: 1001, parts, width: 192, height: 108 },
        ...{ keys, shown: Uint32Array.from(shown) },
      },
      timecode: { start: 107_892, nominal: 30, drop: true },
    }, to);
    assert.deepEqual(await readCodes(to), [...run(100, 17), ...run(200, 17)]);
    const tags = await ffprobe(["-show_entries", "stream_tags=timecode:format_tags=title", ...input(to)]);
    assert.match(tags, /timecode=01:00:00;00/);
    assert.match(tags, /title=Zwölf/);
    const facts = ["-show_entries", "stream=r_frame_rate,duration_ts,start_pts", "-of", "csv=p=0"];
    assert.equal(
      (await ffprobe(["-select_streams", "v:0", ...facts, ...input(to)])).trim(),
      "30000/1001,0,34034",
    );
  }
});

Deno.test("samples of a track make a stream that decodes alone, and what is no sample is told", async () => {
  await using folder = await openFolder();
  const path = join(folder.path, "clip.mp4");
  await makeCodedClip({ to: path, first: 1, frames: 12, rate: RATES["25"] });
  const track = (await readMp4(path))!.tracks[0]!;
  const bytes = await Deno.readFile(path);
  const samples = [...track.sizes].map((size, i) => bytes.slice(track.offsets[i], track.offsets[i]! + size));
  assert(samples.every(toStream));
  const stream = join(folder.path, "clip.h264");
  const parts = [streamHead(track.entry)!, ...samples];
  await Deno.writeFile(stream, Uint8Array.from(parts.flatMap((part) => [...part])));
  assert.deepEqual(await readCodes(stream), run(1, 12));
  assert.equal(toStream(Uint8Array.of(0, 0, 0, 9, 1, 2)), false, "longer than the sample");
  assert.equal(toStream(Uint8Array.of(0, 0, 0, 2, 1, 2, 0, 0)), false, "bytes that are left over");
  assert.equal(toStream(new Uint8Array(0)), false);
  await makeCodedClip({ to: path, first: 1, frames: 2, rate: RATES["25"], encoding: ["-c:v", "mpeg4"] });
  assert.equal(streamHead((await readMp4(path))!.tracks[0]!.entry), null);
});
