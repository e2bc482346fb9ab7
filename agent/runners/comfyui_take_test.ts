import assert from "node:assert/strict";
import { join } from "@std/path";
import type { Lease } from "../../shared/agents/protocol.ts";
import { type ErrorClass, type GenerateSpec, type Progress } from "../../shared/jobs/job.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Mishap } from "../comfyui/testing/worker.ts";
import type { TestComfyOptions, TestComfyUi } from "../comfyui/testing/server.ts";
import type { Hardware } from "../gpu/hardware.ts";
import { type ExecutionContext, JobFailure, type Result } from "../lease/executor.ts";
import { ffmpeg, ffprobe, input } from "../media/mod.ts";
import { makeRoom } from "./in_memory.ts";
import { openRunners } from "./mod.ts";
import { openFullComfyUi } from "./testing/comfyui.ts";

const CARD = { name: "NVIDIA GeForce RTX 4090", index: 0, vramMb: 24_100 };
const HARDWARE: Hardware = {
  gpus: [{
    index: 0,
    name: CARD.name,
    vramTotalMb: CARD.vramMb,
    vramFreeMb: CARD.vramMb,
    source: "nvidia-smi",
  }],
  ramMb: 64_000,
  diskFreeMb: 100_000,
  os: "linux x86_64",
  driver: "NVIDIA 550",
  remarks: [],
};
const SPEC: GenerateSpec = {
  kind: "generate",
  runner: "flux-image",
  runner_version: "1.0.0",
  tier: "low",
  output: "image",
  take: { shot: "SHOT-010", version: 1, take: 1, name: "SHOT-010_v01_take01" },
  params: { prompt: "a lamp", seed: 42, width: 96, height: 64 },
  inputs: [],
  fps: "24",
  width: 1920,
  height: 1080,
  timecode_start: 86_400,
  reel: "LIGHT001",
  title: "The stairs",
};
const VIDEO = { output: "video", params: { ...SPEC.params, frames: 17, fps: 16 } } as const;

interface Story {
  server: TestComfyUi;
  folder: string;
  make(
    spec: Partial<GenerateSpec>,
    mishap?: Mishap,
    files?: Record<string, { path: string; oid: string }>,
  ): Promise<Result>;
  progress: Progress[];
  previews: number;
}

function story(
  name: string,
  tell: (story: Story) => Promise<void>,
  options: Partial<TestComfyOptions> = {},
): void {
  Deno.test(name, async () => {
    await using server = await openFullComfyUi({ card: CARD, ...options });
    const folder = await Deno.makeTempDir();
    const runners = await openRunners({ comfyui: server.url, hardware: HARDWARE });
    const told: Story = {
      server,
      folder,
      progress: [],
      previews: 0,
      async make(change, mishap, files = {}) {
        const spec = { ...SPEC, ...change };
        const executor = runners.executorFor(spec);
        assert.ok(executor, `no executor for ${spec.runner}@${spec.tier}: ${JSON.stringify(runners.cannot)}`);
        server.mishap = mishap ?? null;
        const context: ExecutionContext = {
          folder,
          slot: "gpu0",
          inputs: new Map(Object.entries(files).map(([name, { path }]) => [name, path])),
          signal: new AbortController().signal,
          progress: (progress) => told.progress.push(progress),
          preview: () => told.previews++,
        };
        const inputs = Object.entries(files).map(([name, { oid }]) => ({ name, oid }));
        return await executor.run(
          { job_id: uuidv7(), attempt: 1, spec, inputs } as unknown as Lease,
          context,
        );
      },
    };
    try {
      await tell(told);
    } finally {
      await runners.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function failsAs(errorClass: ErrorClass, sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof JobFailure, String(error));
    assert.equal(error.class, errorClass, error.message);
    assert.match(error.message, sentence);
    return true;
  };
}

story("a FLUX picture is made, with poster and everything needed to make it again", async (told) => {
  const result = await told.make({});
  assert.deepEqual([result.extension, result.media.format, result.media.width], ["png", "png", 96]);
  assert.ok((await Deno.stat(result.poster!)).size > 0);
  assert.ok(told.previews > 0);
  const made = result.made_with as {
    prompt: Record<string, { inputs: Record<string, unknown> }>;
    models: unknown[];
  };
  assert.equal(made.prompt.positive!.inputs.text, "a lamp");
  assert.equal(made.prompt.sampler!.inputs.seed, 42);
  assert.match(String(made.prompt.save!.inputs.filename_prefix), /^studio\/[0-9a-f-]{36}-1$/);
  assert.deepEqual(made.models, [{
    folder: "checkpoints",
    file: "flux1-schnell-fp8.safetensors",
    sha256: "ead426278b49030e9da5df862994f25ce94ab2ee4df38b556ddddb3db093bf72",
  }]);
  assert.ok(told.progress.at(-1)!.progress <= 1);
});

story(
  "a job of another version than this agent has is made by no graph here, and is no fault of the machine",
  async (told) => {
    await assert.rejects(told.make({ runner_version: "0.9.0" }), (error) => {
      assert.ok(failsAs("transient", /asked of FLUX image 0\.9\.0, and this agent has 1\.0\.0/)(error));
      assert.equal((error as JobFailure).fault, "none");
      return true;
    });
  },
);

story(
  "a Wan clip at 16 frames a second becomes a take at the project's rate, with its own timecode",
  async (told) => {
    const result = await told.make({ runner: "wan-video", ...VIDEO });
    assert.equal(result.media.rate, "24/1");
    // 17 frames at 16 last 1.0625 s, which are 25 or 26 at 24.
    assert.ok([25, 26].includes(result.media.frames), String(result.media.frames));
    assert.deepEqual([result.media.codec, result.media.pixel_format], ["h264", "yuv420p"]);
    const tags = await ffprobe(["-show_entries", "stream_tags", "-of", "json", ...input(result.file)]);
    assert.match(tags, /"timecode": "01:00:00:00"/);
    assert.ok((await Deno.stat(result.proxy!)).size > 0);
  },
);

story("a tier whose model has another rate makes as many seconds in its own frames", async (told) => {
  // What it asks for is enough to know; nothing has to be encoded for it.
  await assert.rejects(told.make({ runner: "wan-video", tier: "standard", ...VIDEO }, "no_output"));
  const { latent, video } = told.server.prompts[0]!.prompt;
  assert.deepEqual([latent!.inputs.length, video!.inputs.fps], [29, 24]);
});

story("the self tests run on a ComfyUI without a card", async (told) => {
  assert.equal((await told.make({ runner: "self-test-image" })).media.format, "png");
  const clip = await told.make({
    runner: "self-test-video",
    output: "video",
    params: { ...VIDEO.params, fps: 24, frames: 24 },
  });
  assert.deepEqual([clip.media.frames, clip.media.rate], [24, "24/1"]);
}, { card: undefined as never });

story("nothing written, an empty file and one that is cut off fail with a sentence", async ({ make }) => {
  await assert.rejects(make({}, "no_output"), failsAs("agent", /wrote no image/));
  await assert.rejects(make({}, "empty_output"), failsAs("agent", /empty/));
  await assert.rejects(make({}, "truncated_output"), failsAs("agent", /no complete image/));
  await assert.rejects(
    make({ runner: "wan-video", ...VIDEO }, "truncated_output"),
    failsAs("agent", /no complete video/),
  );
});

story(
  "what ComfyUI made last is told as loaded, on its slot alone and after another look",
  async ({ server, make }) => {
    await make({});
    const again = await openRunners({ comfyui: server.url, hardware: HARDWARE });
    assert.deepEqual(again.loaded("gpu0"), ["flux-image@low"]);
    assert.deepEqual(again.loaded("cpu"), []);

    const asleep = await openRunners({ comfyui: server.url, hardware: HARDWARE, comfyuiAsleep: true });
    assert.deepEqual(asleep.loaded("gpu0"), [], "one that was stopped has nothing in memory");
    assert.ok(asleep.slots[0]!.capabilities.includes("flux-image@low"), "and can make what it could");
  },
);

story("two servers on one card make room for each other", async ({ server, make }) => {
  await using other = await openFullComfyUi({ card: CARD });
  await make({});
  await makeRoom(server.url, [server.url, other.url]);
  assert.ok(!server.asked.includes("POST /free"), "its own models stay");
  await makeRoom(other.url, [server.url, other.url]);
  assert.ok(server.asked.includes("POST /free"));
  const runners = await openRunners({ comfyui: server.url, hardware: HARDWARE });
  assert.deepEqual(runners.loaded("gpu0"), [], "and the studio is told so");
});

story("out of memory gives ComfyUI's memory back before it is reported", async ({ server, make }) => {
  await assert.rejects(make({}, "oom"), failsAs("oom", /ran out of memory/));
  assert.ok(server.asked.includes("POST /free"));
});

story("a take that ComfyUI names and no longer has is made once more", async ({ server, make }) => {
  await make({});
  server.files.clear();
  await assert.rejects(make({}, "cached"), failsAs("transient", /no longer has it/));
});

story("a wrong parameter is invalid and names it", async ({ make }) => {
  await assert.rejects(
    make({ params: { ...SPEC.params, steps: 999 } }),
    failsAs("invalid", /Steps \(steps\) is 999/),
  );
  await assert.rejects(
    make({ params: { ...SPEC.params, colour: "red" } }),
    failsAs("invalid", /no input "colour"/),
  );
});

Deno.test("slots: the card that ComfyUI works on makes its takes, the CPU the animatics", async () => {
  await using server = await openFullComfyUi({ card: CARD });
  const two = {
    ...HARDWARE,
    gpus: [{ ...HARDWARE.gpus[0]!, index: 0, name: "NVIDIA RTX A2000", vramTotalMb: 6_000 }, {
      ...HARDWARE.gpus[0]!,
      index: 1,
    }],
  };
  const runners = await openRunners({ comfyui: server.url, hardware: two });
  assert.equal(runners.comfyuiVersion, "0.3.64");
  const can = Object.fromEntries(runners.slots.map(({ slot, capabilities }) => [slot, capabilities]));
  assert.deepEqual(
    Object.keys(can),
    ["gpu1", "cpu"],
    "ComfyUI counts from its own first card; the name tells which it is",
  );
  assert.ok(can.gpu1!.includes("wan-video@high"));
  assert.ok(can.cpu!.includes("animatic@low") && !can.cpu!.includes("self-test-image@low"));
  assert.deepEqual(runners.cannot.map(({ capability, reason }) => [capability, reason]), [
    ["flexiact@high", "tools"],
  ]);
  assert.match(runners.cannot[0]!.sentence, /runs in a container.*agent container add flexiact/);
  await runners.close();
});

story(
  "a start image is uploaded under its content's name and bound; the same name for another picture is not",
  async (told) => {
    const start = join(told.folder, "start.png");
    const spec = { runner: "wan-image-to-video", tier: "standard", ...VIDEO } as const;
    const oid = "0123456789abcdef".repeat(4);
    for (const colour of ["red", "blue"]) {
      await ffmpeg(["-f", "lavfi", "-i", `color=${colour}:s=32x32`, "-frames:v", "1", "-f", "image2", start]);
      await assert.rejects(
        told.make(spec, "no_output", { image: { path: start, oid } }),
        failsAs("agent", /wrote no video/),
      );
    }
    assert.deepEqual(told.server.prompts.map(({ prompt }) => prompt.start_image!.inputs.image), [
      `studio/${oid.slice(0, 32)}.png`,
      `studio/${oid.slice(0, 32)} (1).png`,
    ]);
    await assert.rejects(told.make(spec), failsAs("invalid", /needs Start image \(image\)/));
  },
);
