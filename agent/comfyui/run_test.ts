import assert from "node:assert/strict";
import { JobFailure } from "../lease/executor.ts";
import type { ErrorClass, Progress } from "../../shared/jobs/job.ts";
import { createComfyClient } from "./client.ts";
import { takeOf } from "./outputs.ts";
import { type Patience, type PromptRun, runPrompt } from "./run.ts";
import { imageGraph, MODELS, OBJECT_INFO, videoGraph } from "./testing/graphs.ts";
import { type TestComfyOptions, TestComfyUi } from "./testing/server.ts";

/** Short enough for tests; what must not fire by accident is long. */
const PATIENCE: Partial<Patience> = { pollMs: 100, lostMs: 1_500, cancelMs: 10_000 };

interface Story {
  server: TestComfyUi;
  client: ReturnType<typeof createComfyClient>;
  run(graph?: PromptRun["prompt"], change?: Partial<PromptRun>): ReturnType<typeof runPrompt>;
  seen: { progress: Progress[]; previews: Uint8Array[] };
  controller: AbortController;
}

function story(
  name: string,
  tell: (story: Story) => Promise<void>,
  options: Partial<TestComfyOptions> = {},
): void {
  Deno.test(name, async () => {
    await using server = new TestComfyUi({ objectInfo: OBJECT_INFO, models: MODELS, ...options });
    const client = createComfyClient({ url: server.url, timeoutMs: 1_000 });
    const controller = new AbortController();
    const seen: Story["seen"] = { progress: [], previews: [] };
    const run: Story["run"] = (graph = imageGraph("studio/job-1"), change = {}) =>
      runPrompt(client, {
        prompt: graph,
        signal: controller.signal,
        progress: (progress) => seen.progress.push(progress),
        preview: (jpeg) => seen.previews.push(jpeg),
        patience: PATIENCE,
        ...change,
      });
    await tell({ server, client, run, seen, controller });
  });
}

function isFailure(errorClass: ErrorClass, sentence: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof JobFailure, String(error));
    assert.equal(error.class, errorClass, error.message);
    assert.match(error.message, sentence);
    return true;
  };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !condition();) {
    if (Date.now() > end) throw new Error(`It never came to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

story(
  "a prompt runs to its picture, with steps, previews and an id of our own",
  async ({ server, client, run, seen }) => {
    const history = await run();
    const take = takeOf(history, "image", "save")!;
    assert.deepEqual(take, { filename: "job-1_00001_.png", subfolder: "studio", type: "output" });
    assert.match(server.prompts[0]!.id, /^[0-9a-f-]{36}$/);
    assert.ok(seen.progress.some(({ stage }) => stage === "Sampler: 3 of 4"), JSON.stringify(seen.progress));
    assert.ok(seen.previews.every((jpeg) => jpeg[0] === 0xff && jpeg[1] === 0xd8));
    assert.ok(seen.previews.length > 0);
    const shares = seen.progress.map(({ progress }) => progress);
    assert.deepEqual(shares, shares.toSorted((a, b) => a - b), "it never goes back");
    const file = await Deno.makeTempFile();
    assert.ok(await client.view(take, file, 1e6) > 100);
    await Deno.remove(file);
  },
);

story("current versions are served too", async ({ run }) => {
  assert.ok(takeOf(await run(), "image", "save"));
}, { version: "0.38.1" });

story("a video comes under `images`, and is told by its name", async ({ run }) => {
  assert.equal(takeOf(await run(videoGraph("studio/job-2")), "video", "save")?.filename, "job-2_00001_.mp4");
});

story("a full cache hit is answered with an earlier prompt's file", async ({ server, run, seen }) => {
  await run(imageGraph("studio/first"));
  server.mishap = "cached";
  const history = await run(imageGraph("studio/second"));
  assert.equal(takeOf(history, "image", "save")?.filename, "first_00001_.png");
  assert.ok(seen.progress.length > 0);
});

story("history that is written after the word of success is waited for", async ({ server, run }) => {
  server.mishap = "late_history";
  assert.ok(takeOf(await run(), "image", "save"));
});

story("a lost answer to the submission loses nothing", async ({ server, run }) => {
  server.mishap = "lost_answer";
  assert.ok(takeOf(await run(), "image", "save"));
  assert.equal(server.prompts.length, 1, "it was not sent twice");
});

story("server errors while it runs are sat out", async ({ server, run }) => {
  server.mishap = "server_errors";
  assert.ok(takeOf(await run(), "image", "save"));
});

story(
  "a socket that the server forgot is found out by its silence, and previews come again",
  async ({ server, run, seen }) => {
    server.mishap = "stale_socket";
    const running = run(imageGraph("studio/job"), { patience: { ...PATIENCE, silenceMs: 1_000 } });
    await until("the third connection", () => server.connectionsOf(server.prompts[0]?.clientId) >= 3);
    const before = seen.previews.length;
    server.release();
    assert.ok(takeOf(await running, "image", "save"));
    assert.ok(seen.previews.length > before, "the new socket hears what the forgotten one did not");
  },
);

story("a model that is not installed is the agent's fault, and is named", async ({ run }) => {
  await assert.rejects(
    run(imageGraph("studio/job", { checkpoint: { ckpt_name: "flux1-dev-fp8.safetensors" } })),
    isFailure("agent", /flux1-dev-fp8\.safetensors.*CheckpointLoaderSimple/),
  );
});

for (const version of ["0.3.64", "0.38.1"]) {
  story(`a node that is not installed is the agent's fault (${version})`, async ({ run }) => {
    const graph = imageGraph("studio/job");
    graph.extra = { class_type: "IPAdapterFluxLoader", inputs: {} };
    await assert.rejects(run(graph), isFailure("agent", /IPAdapterFluxLoader/));
  }, { version });
}

story("a value that ComfyUI does not take is invalid, with its sentence", async ({ run }) => {
  await assert.rejects(
    run(imageGraph("studio/job", { sampler: { width: 5000 } })),
    isFailure("invalid", /5000 bigger than max of 4096/),
  );
});

story("a half-accepted prompt is a failure and is taken back", async ({ server, run }) => {
  const graph = imageGraph("studio/job");
  graph.second = { class_type: "SaveImage", inputs: { images: ["sampler", 0] } };
  await assert.rejects(run(graph), isFailure("invalid", /Required input is missing/));
  assert.ok(server.asked.includes("POST /queue"));
});

story("out of memory is told from other errors", async ({ server, run }) => {
  server.mishap = "oom";
  await assert.rejects(run(), isFailure("oom", /ran out of memory in KSampler/));
});

story("an error of a node says which and why, with the traceback as detail", async ({ server, run }) => {
  server.mishap = "execution_error";
  await assert.rejects(run(), (error) => {
    isFailure("invalid", /SaveImage.*not divisible by 2/)(error);
    assert.match((error as JobFailure).detail!, /execution\.py/);
    return true;
  });
});

story("an interruption at ComfyUI's own page is no failure of the job", async ({ server, run }) => {
  server.mishap = "interrupted";
  await assert.rejects(run(), isFailure("transient", /interrupted/));
});

story("a restart loses the prompt, which is tried again elsewhere", async ({ server, run }) => {
  server.mishap = "restart";
  await assert.rejects(run(), isFailure("transient", /restarted/));
});

story("a ComfyUI that stops answering is found out", async ({ server, run }) => {
  server.mishap = "silent";
  await assert.rejects(
    run(imageGraph("studio/job"), { patience: { ...PATIENCE, unresponsiveMs: 1_500, cancelMs: 300 } }),
    isFailure("agent", /hangs: it has not answered/),
  );
});

story("a ComfyUI that is gone is found out", async ({ server, run }) => {
  server.mishap = "slow";
  const running = run(imageGraph("studio/job"), {
    patience: { ...PATIENCE, unresponsiveMs: 1_000, cancelMs: 300 },
  });
  await until("it runs", () => server.running !== null);
  await server[Symbol.asyncDispose]();
  await assert.rejects(running, isFailure("agent", /has ended in the middle of the job/));
});

story("a worker that has died is found out although the server answers", async ({ server, run }) => {
  server.mishap = "stuck";
  await assert.rejects(
    run(imageGraph("studio/job"), { patience: { ...PATIENCE, stalledMs: 1_500, cancelMs: 300 } }),
    isFailure("agent", /nothing has moved/),
  );
});

story("no ComfyUI at all is worth another try", async ({ server, run }) => {
  await server[Symbol.asyncDispose]();
  await assert.rejects(run(), isFailure("transient", /cannot be reached/));
});

for (const version of ["0.3.64", "0.38.1"]) {
  story(`a running prompt is cancelled (${version})`, async ({ server, run, controller, seen }) => {
    server.mishap = "slow";
    const running = run();
    const reason = new JobFailure("cancelled", "The artist cancelled it.");
    await until("the sampler works", () => seen.previews.length > 0);
    controller.abort(reason);
    await assert.rejects(running, (error) => error === reason);
    await until("the server is idle", () => server.running === null);
  }, { version });

  story(
    `a prompt that waits behind another's is cancelled, and the other goes on (${version})`,
    async (told) => {
      const { server, run, client, controller } = told;
      server.mishap = "slow";
      const other = runPrompt(client, {
        prompt: imageGraph("studio/other"),
        signal: new AbortController().signal,
        progress: () => {},
        preview: () => {},
        patience: PATIENCE,
      });
      await until("the other runs", () => server.running !== null);
      const waiting = run();
      await until(
        "it waits",
        () => told.seen.progress.some(({ stage }) => /Waits in ComfyUI behind 1/.test(stage)),
      );
      const reason = new JobFailure("cancelled", "The artist cancelled it.");
      controller.abort(reason);
      await assert.rejects(waiting, (error) => error === reason);
      assert.equal(server.running?.prompt.save?.inputs.filename_prefix, "studio/other");
      server.release();
      assert.ok(takeOf(await other, "image", "save"));
    },
    { version },
  );
}
