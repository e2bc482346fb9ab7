import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Lease } from "../../../shared/agents/protocol.ts";
import type { GenerateSpec } from "../../../shared/jobs/job.ts";
import { type ExecutionContext, JobFailure, type Result } from "../../lease/executor.ts";
import { ffmpeg, ffprobe, input, sniff } from "../../media/mod.ts";
import { animatic } from "./animatic.ts";
import { renderCard } from "./render.ts";

const SPEC: GenerateSpec = {
  kind: "generate",
  runner: "animatic",
  runner_version: "1.0.0",
  tier: "low",
  output: "video",
  take: { shot: "SHOT-010", version: 1, take: 2, name: "SHOT-010_v01_take02" },
  params: { prompt: "The keeper climbs the stairs", seed: 42, width: 320, height: 180, frames: 24 },
  inputs: [],
  fps: "24",
  width: 1920,
  height: 1080,
  timecode_start: 86_400,
  reel: "LIGHT001",
  title: "The stairs",
};

interface Running {
  files?: Record<string, string>;
  signal?: AbortSignal;
  progress?: ExecutionContext["progress"];
}

async function run(folder: string, spec: Partial<GenerateSpec>, running: Running = {}): Promise<Result> {
  return await animatic.run({ spec: { ...SPEC, ...spec } } as Lease, {
    folder,
    slot: "cpu",
    inputs: new Map(Object.entries(running.files ?? {})),
    signal: running.signal ?? new AbortController().signal,
    progress: running.progress ?? (() => {}),
    preview: () => {},
  });
}

/** The card alone, without poster and proxy. */
async function drawStill(folder: string, spec: Partial<GenerateSpec>): Promise<Uint8Array> {
  await Deno.mkdir(folder, { recursive: true });
  const { file } = await renderCard({ ...SPEC, output: "image", ...spec }, {
    folder,
    slot: "cpu",
    inputs: new Map(),
    signal: new AbortController().signal,
    progress: () => {},
    preview: () => {},
  });
  return await Deno.readFile(file);
}

async function inFolder(name: string, story: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: name });
  try {
    await story(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an animatic clip has the shot's length, rate, size and its own timecode", () =>
  inFolder("animatic", async (folder) => {
    const stages: string[] = [];
    const result = await run(folder, {}, { progress: ({ stage }) => void stages.push(stage) });
    assert.deepEqual(result.media, {
      format: "mp4",
      width: 320,
      height: 180,
      frames: 24,
      rate: "24/1",
      codec: "h264",
      pixel_format: "yuv420p",
      audio: false,
    });
    const tags = await ffprobe([
      "-show_entries",
      "stream_tags:format_tags",
      "-of",
      "json",
      ...input(result.file),
    ]);
    assert.match(tags, /"timecode": "01:00:00:00"/);
    assert.match(tags, /LIGHT001/);
    assert.ok((await Deno.stat(result.poster!)).size > 0);
    assert.ok((await Deno.stat(result.proxy!)).size > 0);
    assert.ok(stages.includes("Drawing frame 24 of 24"), stages.join(", "));
  }));

Deno.test("29.97 stays exact and is counted as its film is, and odd sizes become even", () =>
  inFolder("animatic", async (folder) => {
    const { media, file } = await run(folder, {
      fps: "29.97",
      // The first frame after a minute: drop-frame has no 00:01:00;00 and no ;01.
      ...{ drop_frame: true, timecode_start: 1800 },
      params: { ...SPEC.params, width: 321, height: 181 },
    });
    assert.equal(media.rate, "30000/1001");
    assert.deepEqual([media.width, media.height, media.frames], [320, 180, 24]);
    const tags = await ffprobe(["-show_entries", "stream_tags=timecode", ...input(file)]);
    assert.match(tags, /timecode=00:01:00;02/);
  }));

Deno.test("the same seed and prompt draw the same card; another seed draws another", () =>
  inFolder("animatic", async (folder) => {
    const still = (name: string, seed: number) =>
      drawStill(join(folder, name), { params: { ...SPEC.params, seed } });
    const [first, again, other] = [await still("a", 1), await still("b", 1), await still("c", 2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  }));

Deno.test("no text breaks a card: quotes, filters, scripts, emoji, newlines, nothing at all", () =>
  inFolder("animatic", async (folder) => {
    const texts = [
      `It's "late"; 100%: %{pts} \\n [in]drawtext=text=x,scale=1:1 $(id) \`id\``,
      "ليلة عاصفة في المنارة",
      "灯台守は嵐の夜に螺旋階段を上る。",
      "🗼🔥👩‍👩‍👧‍👦 e\u0301\u200b\ud800 \u0000\u0007\tend",
      "one\r\ntwo\n\n\n\n\nthree",
      "x".repeat(8000),
      "",
    ];
    for (const [index, prompt] of texts.entries()) {
      const png = await drawStill(join(folder, `${index}`), {
        title: prompt.slice(0, 120),
        params: { ...SPEC.params, prompt },
      });
      assert.equal(sniff(png), "png");
    }
  }));

Deno.test("a folder with awkward characters in its path does", () =>
  inFolder("animatic", async (folder) => {
    assert.equal(sniff(await drawStill(join(folder, "it's [a], b; c=%d"), {})), "png");
  }));

Deno.test("a start image becomes the background", () =>
  inFolder("animatic", async (folder) => {
    const image = join(folder, "red.jpg");
    await ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", "-f", "image2", image]);
    const { file } = await run(await made(join(folder, "take")), {}, { files: { image } });
    const corner = join(folder, "corner.ppm");
    await ffmpeg([...input(file), "-vf", "crop=2:2:2:2", "-frames:v", "1", "-f", "image2", corner]);
    const [red, green, blue] = (await Deno.readFile(corner)).slice(-3);
    assert.ok(red! > 200 && green! < 60 && blue! < 60, `the corner is ${red} ${green} ${blue}`);
  }));

Deno.test("a start image that is itself a card is used, and what is no picture is refused with a sentence", () =>
  inFolder("animatic", async (folder) => {
    const card = await run(await made(join(folder, "still")), { output: "image" });
    const clip = await run(await made(join(folder, "clip")), {}, { files: { image: card.file } });
    assert.equal(clip.media.frames, 24);

    const playlist = join(folder, "image.png");
    await Deno.writeTextFile(playlist, "#EXTM3U\nfile:///etc/passwd\n");
    await assert.rejects(
      run(await made(join(folder, "bad")), {}, { files: { image: playlist } }),
      (error) =>
        error instanceof JobFailure && error.class === "invalid" && /start image/.test(error.message),
    );
  }));

Deno.test("a cancelled card stops, with the reason it was given", () =>
  inFolder("animatic", async (folder) => {
    const controller = new AbortController();
    const reason = new JobFailure("cancelled", "The artist cancelled it.");
    const running = run(folder, { params: { ...SPEC.params, width: 1280, height: 720, frames: 7200 } }, {
      signal: controller.signal,
      progress: ({ stage }) => stage.startsWith("Drawing frame") && controller.abort(reason),
    });
    await assert.rejects(running, (error) => error === reason);
  }));

async function made(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}
