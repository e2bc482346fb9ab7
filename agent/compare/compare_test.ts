import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Comparison } from "../../shared/jobs/compare.ts";
import type { Lease } from "../../shared/agents/protocol.ts";
import { ffmpeg, probe } from "../media/mod.ts";
import { openFolder } from "../media/testing.ts";
import { JobFailure } from "../lease/executor.ts";
import { createComparer } from "./mod.ts";
import { framesToCompare, hashDistance, psnr, SMALL_BYTES } from "./likeness.ts";

/** A picture with large and small things in it, and what the same would be on another machine, or not. */
const SCENE = "mandelbrot=s=320x180:rate=24:start_scale=1.2:end_scale=0.4:maxiter=300";
const OTHER = "life=s=320x180:rate=24:mold=10:seed=7:ratio=0.2:death_color=#803020:life_color=#e0f0ff";
const CASES: { name: string; file: string; args: string[] }[] = [
  { name: "a", file: "a.png", args: ["-i", SCENE, "-frames:v", "1"] },
  { name: "noise", file: "noise.png", args: ["-i", `${SCENE},noise=alls=8:allf=t`, "-frames:v", "1"] },
  { name: "jpeg", file: "jpeg.jpg", args: ["-i", SCENE, "-frames:v", "1", "-q:v", "31"] },
  { name: "brighter", file: "brighter.png", args: ["-i", `${SCENE},eq=brightness=0.05`, "-frames:v", "1"] },
  {
    name: "shifted",
    file: "shifted.png",
    args: ["-i", `${SCENE},crop=317:180:3:0,scale=320:180`, "-frames:v", "1"],
  },
  { name: "grey", file: "grey.png", args: ["-i", "color=gray:s=320x180", "-frames:v", "1"] },
  { name: "other", file: "other.png", args: ["-i", OTHER, "-frames:v", "1"] },
  { name: "mirrored", file: "mirrored.png", args: ["-i", `testsrc2=s=320x180,hflip`, "-frames:v", "1"] },
];

Deno.test("how alike files are is of their pictures, and not of their bytes", async (t) => {
  await using folder = await openFolder();
  for (const { file, args } of CASES) {
    await ffmpeg(["-f", "lavfi", ...args, "-update", "1", `file:${join(folder.path, file)}`]);
  }
  const compare = async (
    files: string[],
    names = files.map((_, at) => String(at + 1)),
  ): Promise<Comparison> => {
    const work = join(folder.path, crypto.randomUUID());
    await Deno.mkdir(work);
    const inputs = files.map((file, at) => ({
      name: names[at]!,
      oid: "0".repeat(64),
      size: 1,
      file_name: file,
    }));
    const lease = { spec: { kind: "compare", title: "t", output: "image", width: 640, height: 360, inputs } };
    const made = await createComparer().run(lease as unknown as Lease, {
      folder: work,
      slot: "cpu",
      inputs: new Map(files.map((file, at) => [names[at]!, join(folder.path, file)])),
      signal: new AbortController().signal,
      progress() {},
      preview() {},
    });
    const shown = await probe(made.file);
    assert.equal(shown.height, 288);
    assert.deepEqual(made.media, shown);
    return made.made_with.comparison as Comparison;
  };

  await t.step("what noise, a codec, a little light or a small shift change is little", async () => {
    for (const name of ["noise.png", "jpeg.jpg", "brighter.png", "shifted.png"]) {
      const [pair] = (await compare(["a.png", name])).pairs;
      assert.ok(pair!.psnr[0]! > 24, `${name}: ${pair!.psnr[0]} dB`);
      assert.ok(pair!.hash[0]! <= 4, `${name}: ${pair!.hash[0]}`);
    }
  });

  await t.step("another picture is far off, and an even one has no contrast", async () => {
    for (const name of ["other.png", "mirrored.png", "grey.png"]) {
      const { pairs, contrast } = await compare(["a.png", name]);
      assert.ok(pairs[0]!.psnr[0]! < 15, `${name}: ${pairs[0]!.psnr[0]} dB`);
      if (name === "grey.png") assert.ok(contrast["2"]! < 1 && contrast["1"]! > 10);
    }
  });

  await t.step("three are compared pair by pair, with what each really is", async () => {
    const { pairs, media } = await compare(["a.png", "jpeg.jpg", "other.png"]);
    assert.deepEqual(pairs.map(({ a, b }) => a + b), ["12", "13", "23"]);
    assert.equal(media["2"]!.format, "jpeg");
  });

  await t.step("clips are compared frame by frame", async () => {
    const clip = async (name: string, source: string, frames: number) => {
      const to = join(folder.path, name);
      await ffmpeg([
        "-f",
        "lavfi",
        "-i",
        source,
        "-frames:v",
        String(frames),
        "-pix_fmt",
        "yuv420p",
        `file:${to}`,
      ]);
      return name;
    };
    const one = await clip("one.mp4", SCENE, 60);
    const same = await clip("same.mp4", `${SCENE},noise=alls=6:allf=t`, 60);
    const short = await clip("short.mp4", SCENE, 50);
    const { pairs, media } = await compare([one, same, short]);
    assert.equal(pairs[0]!.psnr.length, 48);
    assert.ok(Math.min(...pairs[0]!.psnr) > 24, String(Math.min(...pairs[0]!.psnr)));
    assert.deepEqual([media["1"]!.frames, media["3"]!.frames], [60, 50]);
  });

  await t.step(
    "a clip that breaks off has the frames that it has, and a gap in time is no frames",
    async () => {
      const raw = ["-f", "lavfi", "-i", SCENE, "-frames:v", "24", "-pix_fmt", "yuv420p"];
      const to = (name: string) => `file:${join(folder.path, name)}`;
      await ffmpeg([...raw, "-movflags", "+faststart", to("whole.mp4")]);
      const whole = await Deno.readFile(join(folder.path, "whole.mp4"));
      // Its tables stay, and say what they said.
      whole.fill(0, Math.floor(whole.length / 2));
      await Deno.writeFile(join(folder.path, "broken.mp4"), whole);
      const { media, pairs } = await compare(["whole.mp4", "broken.mp4"]);
      assert.equal(media["1"]!.frames, 24);
      assert.ok(media["2"]!.frames < 24, `${media["2"]!.frames}`);
      assert.equal(pairs[0]!.psnr.length, media["2"]!.frames);

      // The second half is shown ten minutes later.
      const later = ["-vf", "setpts=PTS+gte(N\\,12)*600/TB", "-vsync", "passthrough"];
      await ffmpeg([...raw, ...later, to("gap.mkv")]);
      const gap = await compare(["whole.mp4", "gap.mkv"]);
      assert.deepEqual([gap.media["2"]!.frames, gap.pairs[0]!.psnr.length], [24, 24]);
      assert.ok(Math.min(...gap.pairs[0]!.psnr) > 30);
    },
  );

  await t.step("pictures of any shape are compared", async () => {
    for (const [name, size] of [["line.png", "16000x2"], ["post.png", "2x9000"]] as const) {
      await ffmpeg([
        "-f",
        "lavfi",
        "-i",
        `testsrc=s=${size}`,
        "-frames:v",
        "1",
        `file:${join(folder.path, name)}`,
      ]);
      const { pairs } = await compare(["a.png", name]);
      assert.equal(pairs[0]!.psnr.length, 1);
    }
  });

  await t.step("what the inputs are called leads nowhere", async () => {
    const [mine, other] = [join(folder.path, "mine.rgb"), join(folder.path, "other")];
    await Deno.writeTextFile(mine, "keep me");
    await compare(["a.png", "jpeg.jpg"], ["../mine", `${other}/x`]);
    assert.equal(await Deno.readTextFile(mine), "keep me");
  });

  await t.step("what is no picture at all is a finding; where none is, there is nothing to say", async () => {
    await Deno.writeTextFile(join(folder.path, "rubbish.png"), "no picture");
    const { unreadable, pairs } = await compare(["a.png", "rubbish.png"]);
    assert.deepEqual(Object.keys(unreadable), ["2"]);
    assert.deepEqual(pairs[0]!.psnr, []);
    await assert.rejects(
      compare(["rubbish.png", "rubbish.png"]),
      (error: JobFailure) => error.class === "invalid",
    );
  });
});

Deno.test("frames are spread over the whole, and even pictures have no slopes", () => {
  assert.deepEqual(framesToCompare(3), [0, 1, 2]);
  const many = framesToCompare(1000);
  assert.equal(many.length, 48);
  assert.deepEqual([many[0], many.at(-1)], [0, 999]);
  const [grey, noisy] = [new Uint8Array(SMALL_BYTES).fill(128), new Uint8Array(SMALL_BYTES)];
  noisy.forEach((_, at) => noisy[at] = 128 + at % 2);
  assert.equal(hashDistance(grey, noisy), 0);
  assert.equal(psnr(grey, grey), 99);
});
