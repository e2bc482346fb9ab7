import assert from "node:assert/strict";
import { join } from "@std/path";
import { RATES } from "../../shared/time/rate.ts";
import { conform } from "./conform.ts";
import { ffmpeg, ffprobe, input, MediaError } from "./ffmpeg.ts";
import { makePoster } from "./poster.ts";
import { inspect, probe } from "./probe.ts";
import { makeProxy } from "./proxy.ts";
import { loudness, makeCodedClip, openFolder, readCodes } from "./testing.ts";

Deno.test("a clip's facts are counted by content, whatever the file is called", async () => {
  await using folder = await openFolder();
  const to = join(folder.path, "take.mp4");
  await makeCodedClip({ to, first: 1, frames: 31, rate: RATES["23.976"], tone: 440 });
  await Deno.rename(to, join(folder.path, "take.png"));
  assert.deepEqual(await probe(join(folder.path, "take.png")), {
    format: "mp4",
    width: 192,
    height: 108,
    frames: 31,
    rate: "24000/1001",
    codec: "h264",
    pixel_format: "yuv420p",
    audio: true,
  });
  const it = await inspect(join(folder.path, "take.png"));
  assert.equal(it.reordered, false);
  assert.equal(it.constant, true);
  assert.deepEqual([...it.keyframes].slice(0, 2), [0, 12]);
});

Deno.test("frames that an edit list hides are not counted, and a turned picture is measured as it is shown", async () => {
  await using folder = await openFolder();
  const whole = join(folder.path, "whole.mp4");
  await makeCodedClip({ to: whole, first: 1, frames: 40, rate: RATES["24"] });
  const cut = join(folder.path, "cut.mp4");
  // Copied from within a group of pictures: what comes before is kept for decoding and hidden.
  await ffmpeg(["-ss", "0.8", ...input(whole), "-c", "copy", `file:${cut}`]);
  const it = await inspect(cut);
  const codes = await readCodes(cut);
  assert.equal(it.frames, codes.length);
  assert(it.frames < 40 && codes.at(-1) === 40);
  assert.equal(it.plain, false);
  const turned = join(folder.path, "turned.mp4");
  await Deno.writeFile(turned, turnedRight(await Deno.readFile(whole)));
  const upright = await inspect(turned);
  assert.deepEqual([upright.width, upright.height, upright.plain], [108, 192, false]);
});

/** The MP4 with the matrix of its first track header (ISO 14496-12, 8.3.2) saying a quarter turn, as phones write it. */
function turnedRight(mp4: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(mp4);
  const view = new DataView(bytes.buffer);
  const header = new TextDecoder("latin1").decode(bytes).indexOf("tkhd");
  // After type, version and flags, times, ids, duration, reserved, layer, group, volume, reserved.
  const matrix = header + 4 + 4 + 8 + 4 + 4 + 4 + 8 + 8;
  [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000].forEach((value, i) =>
    view.setInt32(matrix + i * 4, value)
  );
  return bytes;
}

Deno.test("a still is one frame and has no rate", async () => {
  await using folder = await openFolder();
  const to = join(folder.path, "still.png");
  await ffmpeg(["-f", "lavfi", "-i", "testsrc=s=320x200", "-frames:v", "1", `file:${to}`]);
  const facts = await probe(to);
  assert.equal(facts.format, "png");
  assert.equal(facts.frames, 1);
  assert.equal(facts.rate, undefined);
  const poster = await probe(await makePoster(to, join(folder.path, "poster.jpg")));
  assert.deepEqual([poster.format, poster.width, poster.height], ["jpeg", 320, 200]);
});

Deno.test("what is no picture, empty or cut off is refused in words", async () => {
  await using folder = await openFolder();
  const path = (name: string) => join(folder.path, name);
  await Deno.writeTextFile(path("list.mp4"), "#EXTM3U\nhttp://127.0.0.1:9/secret\n");
  await assert.rejects(probe(path("list.mp4")), /no picture or video of a format/);
  await Deno.writeFile(path("empty.png"), new Uint8Array());
  await assert.rejects(probe(path("empty.png")), /empty/);
  await makeCodedClip({ to: path("whole.mp4"), first: 1, frames: 10, rate: RATES["24"] });
  const bytes = await Deno.readFile(path("whole.mp4"));
  await Deno.writeFile(path("cut.mp4"), bytes.subarray(0, Math.floor(bytes.length / 2)));
  await assert.rejects(probe(path("cut.mp4")), /broken or cut off/);
  await Deno.writeFile(path("broken.png"), new TextEncoder().encode("\x89PNG\r\n\x1a\nrubbish"));
  await assert.rejects(probe(path("broken.png")), MediaError);
});

Deno.test("poster and proxy of a video are small, and the proxy's index is in front", async () => {
  await using folder = await openFolder();
  const take = join(folder.path, "take.mp4");
  await makeCodedClip({ to: take, first: 1, frames: 6, rate: RATES["25"], width: 1024, height: 576 });
  const poster = await probe(await makePoster(take, join(folder.path, "poster.jpg")));
  assert.deepEqual([poster.format, poster.width, poster.height], ["jpeg", 512, 288]);
  const at = await makeProxy(take, join(folder.path, "proxy.mp4"));
  const proxy = await probe(at);
  assert.deepEqual([proxy.width, proxy.height, proxy.frames, proxy.codec], [960, 540, 6, "h264"]);
  assert.deepEqual(await readCodes(at), await readCodes(take));
  const text = new TextDecoder("latin1").decode(await Deno.readFile(at));
  assert(text.indexOf("moov") < text.indexOf("mdat"), "the index must come before the pictures");
});

Deno.test("conform brings a model's clip to the project's rate and size with its own timecode", async () => {
  await using folder = await openFolder();
  const from = join(folder.path, "model.webm");
  await makeCodedClip({
    to: from,
    first: 1,
    frames: 16,
    rate: { num: 16, den: 1 },
    width: 96,
    height: 96,
    encoding: ["-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"],
  });
  const to = join(folder.path, "take.mp4");
  await conform({
    ...{ from, to, rate: RATES["24"], width: 192, height: 108, frames: 30 },
    ...{ timecodeStart: 24 * 3600 + 7, reel: "S010T001" },
  });
  const facts = await probe(to);
  assert.deepEqual([facts.frames, facts.rate, facts.width, facts.height], [30, "24/1", 192, 108]);
  const tags = await ffprobe(["-show_entries", "stream_tags=timecode:format_tags=comment", ...input(to)]);
  assert.match(tags, /timecode=01:00:00:07/);
  assert.match(tags, /comment=reel S010T001/);
  // Made with another reordering of frames, the same picture is encoded again; made as the studio does, it is copied.
  const again = join(folder.path, "again.mp4");
  await conform({
    from: to,
    to: again,
    rate: RATES["24"],
    width: 192,
    height: 108,
    timecodeStart: 0,
    reel: "X",
  });
  assert.equal((await inspect(again)).setup, (await inspect(to)).setup);
  assert.deepEqual(await readCodes(again), await readCodes(to));
});

Deno.test("conform keeps the sound as long as the picture", async () => {
  await using folder = await openFolder();
  const from = join(folder.path, "talk.mp4");
  await makeCodedClip({ to: from, first: 1, frames: 48, rate: RATES["24"], tone: 440 });
  const to = join(folder.path, "take.mp4");
  await conform({
    ...{ from, to, rate: RATES["24"], width: 192, height: 108, frames: 24 },
    ...{ timecodeStart: 0, reel: "S010T001" },
  });
  assert.equal((await probe(to)).frames, 24);
  assert((await loudness(to, 0.1, 0.9)) > 0.05);
});

Deno.test("an abort ends ffmpeg at once and rejects with the abort's own reason", async () => {
  const stop = new AbortController();
  const reason = new Error("the artist changed their mind");
  let frames = 0;
  const running = ffmpeg(
    ["-re", "-f", "lavfi", "-i", "testsrc=s=64x36:r=24", "-t", "3600", "-f", "null", "-"],
    {
      signal: stop.signal,
      onFrame: (frame) => {
        frames = frame;
        if (frame > 0) stop.abort(reason);
      },
    },
  );
  await assert.rejects(running, (error) => error === reason);
  assert(frames > 0);
});

Deno.test("ffmpeg's last words are kept for whoever looks closer", async () => {
  await assert.rejects(ffmpeg([...input("/nowhere/take.mp4"), "-f", "null", "-"]), (error) => {
    assert(error instanceof MediaError);
    assert.match(error.message, /No such file/);
    assert.match(error.detail, /nowhere/);
    return true;
  });
});

Deno.test({
  name: "a file that is gone is this machine's affair, in the words of old and new versions of ffmpeg",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await openFolder();
    const path = Deno.env.get("PATH")!;
    const program = join(folder.path, "ffmpeg");
    const said = [
      "file:/takes/a.mp4: No such file or directory",
      // 6.1 and later (fftools/ffmpeg_demux.c).
      "[in#0 @ 0x5581] Error opening input: No such file or directory\nError opening input file file:/takes/a.mp4.",
    ];
    try {
      Deno.env.set("PATH", `${folder.path}:${path}`);
      for (const words of said) {
        await Deno.writeTextFile(program, `#!/bin/sh\ncat >&2 <<'END'\n${words}\nEND\nexit 254\n`, {
          mode: 0o755,
        });
        const error = await ffmpeg([...input("/takes/a.mp4"), "-f", "null", "-"]).catch((error) => error);
        assert(error instanceof MediaError && error.host, words);
        assert.match(error.message, /removed from this machine/);
      }
    } finally {
      Deno.env.set("PATH", path);
    }
  },
});

Deno.test("a small file with a picture that would fill the memory is refused in words, and takes none", async () => {
  await using folder = await openFolder();
  const path = join(folder.path, "bomb.png");
  const grey = ["-f", "lavfi", "-i", "color=c=gray:s=12000x12000,format=gray", "-frames:v", "1"];
  await ffmpeg([...grey, `file:${path}`]);
  await assert.rejects(inspect(path), /more than 134 million pixels/);
  await assert.rejects(ffmpeg([...input(path, ["-f", "png_pipe"]), "-f", "null", "-"]), MediaError);
});

Deno.test("an ffmpeg that lacks what the studio needs is the machine's fault, not the take's", async () => {
  const asked = ffmpeg([
    "-f",
    "lavfi",
    "-i",
    "color",
    "-frames:v",
    "1",
    "-c:v",
    "libx999",
    "-f",
    "null",
    "-",
  ]);
  await assert.rejects(asked, (error) => {
    assert(error instanceof MediaError && error.host);
    assert.match(error.message, /Unknown encoder 'libx999'.*install ffmpeg 4\.4 or later with libx264/);
    return true;
  });
});

Deno.test({
  name: "a full disk is the machine's fault, in words",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const asked = ffmpeg([
      "-f",
      "lavfi",
      "-i",
      "testsrc",
      "-frames:v",
      "50",
      "-f",
      "rawvideo",
      "file:/dev/full",
    ]);
    await assert.rejects(asked, (error) => {
      assert(error instanceof MediaError && error.host, String(error));
      assert.match(error.message, /The disk of this agent is full/);
      return true;
    });
  },
});
