import assert from "node:assert/strict";
import { PYTHON, standInComfyUi } from "./comfyui/managed/testing/stand_in.ts";
import { pause } from "./lease/backoff.ts";
import { testSpec } from "./testing/agent.ts";
import { openTestGateway, type TestGateway } from "./testing/gateway.ts";
import { alreadyJoined, launched, outcome } from "./testing/launched.ts";

/** With a variable of graphics cards' users that Deno does not let a restricted program pass on. */
const CARD = { LD_LIBRARY_PATH: "/opt/cuda/lib" };
const launch = (dataDir: string, ...args: string[]) => launched(dataDir, args, { env: CARD });

async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "agent-launch-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function joined(gateway: TestGateway, dataDir: string): Promise<void> {
  const { code, text } = await outcome(
    launch(dataDir, "join", gateway.url, gateway.joinCode, "--name", "Mira's 3090", "--comfyui", "none"),
  );
  assert.equal(code, 0, text);
  assert.match(text, /Joined http.* as "Mira's 3090"/);
}

Deno.test("a machine joins, makes a take with exactly its permissions, and drains on SIGTERM", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  await joined(gateway, data.path);
  if (Deno.build.os !== "windows") {
    assert.equal((await Deno.stat(`${data.path}/agent.json`)).mode! & 0o777, 0o600);
  }

  const agent = launch(data.path, "run");
  const ending = outcome(agent);
  const job = gateway.add({
    ...testSpec(),
    runner: "animatic-still",
    params: { prompt: "a lighthouse at dusk", seed: 7, width: 320, height: 180 },
    width: 320,
    height: 180,
  }, { capability: "animatic-still@low" });
  await gateway.until("the take", () => job.state === "succeeded" || job.state === "failed");
  assert.deepEqual(job.failed, []);
  assert.equal(job.completed[0]!.media.width, 320);
  agent.kill("SIGTERM");
  const { code, text } = await ending;
  assert.equal(code, 0, text);
  assert.match(text, /cpu takes SHOT-010_v01_take01 \(A film\)/);
  assert.match(text, /SHOT-010_v01_take01 \(animatic-still at low\) is done/);
  assert.ok(!text.includes("\x1b"), "no escape codes when it is not a terminal");

  const status = await outcome(launch(data.path, "status"));
  assert.equal(status.code, 0, status.text);
  assert.match(status.text, /Gateway: reachable/);
  assert.match(status.text, /Agent: not running/);
  assert.match(status.text, /Today: 1 done/);
});

Deno.test("pause, resume and history work beside a running agent, and a paused one stays so over a restart", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  alreadyJoined(gateway, data.path);
  const agent = launch(data.path, "run");
  const ending = outcome(agent);
  await gateway.until("it polls", () => gateway.polls.length > 0);
  const pausing = await outcome(launch(data.path, "pause"));
  assert.equal(pausing.code, 0, pausing.text);
  assert.match(pausing.text, /^Paused on the machine itself\.$/m);
  assert.match(
    (await outcome(launch(data.path, "status"))).text,
    /Rests for 0:\d\d: Paused on the machine itself/,
  );
  agent.kill("SIGTERM");
  assert.match((await ending).text, /Paused on the machine itself/);

  const again = launch(data.path, "run");
  const ended = outcome(again);
  const first = gateway.sessions[0]!.boot_id;
  await gateway.until(
    "the new process says so",
    () => gateway.heartbeats.some(({ boot_id, resting }) => boot_id !== first && resting !== undefined),
  );
  const polls = gateway.polls.length;
  const resumed = await outcome(launch(data.path, "resume"));
  assert.match(resumed.text, /takes jobs again/);
  await gateway.until("it polls again", () => gateway.polls.length > polls);
  const job = gateway.add({ ...testSpec(), runner: "animatic-still", width: 320, height: 180 }, {
    capability: "animatic-still@low",
  });
  await gateway.until("the take", () => job.state === "succeeded" || job.state === "failed");
  again.kill("SIGTERM");
  await ended;
  const history = await outcome(launch(data.path, "history"));
  assert.match(history.text, /done {2,}SHOT-010_v01_take01 · A film · animatic-still/);
  assert.match(history.text, /^\d{4}-\d\d: 1 done, .* kB up$/m);
});

Deno.test({
  name: "an agent starts its owner's ComfyUI with the right to run exactly that Python, and ends it",
  ignore: PYTHON === null,
  async fn() {
    await using data = await tempDir();
    await using comfy = await standInComfyUi();
    await using gateway = openTestGateway();
    const args = ["--start-comfyui", comfy.folder, "--python", PYTHON!, "--comfyui", comfy.url];
    const joining = await outcome(launch(data.path, "join", gateway.url, gateway.joinCode, ...args));
    assert.equal(joining.code, 0, joining.text);
    assert.match(joining.text, /agent run starts the ComfyUI in .*stand-in-comfyui/);
    const agent = launch(data.path, "run");
    const ending = outcome(agent);
    await gateway.until(
      "its ComfyUI is declared",
      () => gateway.sessions.at(-1)?.facts.comfyui_version === "0.3.99",
    );
    agent.kill("SIGTERM");
    const { code, text } = await ending;
    assert.equal(code, 0, text);
    assert.match(text, /ComfyUI is up at /);
    await assert.rejects(fetch(`${comfy.url}/system_stats`));
    assert.equal(comfy.starts().length, 1);

    const wrong = await outcome(launch(data.path, "join", gateway.url, "CODE", "--start-comfyui", data.path));
    assert.equal(wrong.code, 2);
    assert.match(wrong.text, /^There is no main.py in /m);
  },
});

Deno.test("a store that moved is reached after the launcher started the agent anew", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  alreadyJoined(gateway, data.path);
  gateway.storeOrigins = ["http://127.0.0.1:45999"];
  const agent = launch(data.path, "run", "--drain-seconds", "0");
  const ending = outcome(agent);
  await gateway.until("polls of the second process", () => gateway.polls.length > 0);
  assert.equal(new Set(gateway.sessions.map(({ boot_id }) => boot_id)).size, 2);
  agent.kill("SIGINT");
  const { code, text } = await ending;
  assert.equal(code, 0, text);
  assert.match(await Deno.readTextFile(`${data.path}/store.json`), /45999/);
});

Deno.test("the first SIGTERM waits for what runs, the second hands it back", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  alreadyJoined(gateway, data.path);
  const fetching = Promise.withResolvers<void>();
  // The job's input never arrives: it runs until it is told otherwise.
  gateway.fault = async (request) => {
    if (!request.url.includes("/bucket/")) return null;
    fetching.resolve();
    await pause(120_000, request.signal).catch(() => {});
    return new Response(null, { status: 503 });
  };
  const agent = launch(data.path, "run");
  const ending = outcome(agent);
  const source = gateway.store.put(new Uint8Array(100));
  const job = gateway.add({ ...testSpec(), runner: "animatic-still" }, {
    capability: "animatic-still@low",
    inputs: [{ name: "source", ...source, file_name: "a.png" }],
  });
  await fetching.promise;
  agent.kill("SIGTERM");
  await gateway.until("the gateway hears that it drains", () => gateway.heartbeats.at(-1)?.draining === true);
  assert.equal(gateway.heartbeats.at(-1)!.leases.length, 1, "still at work");
  agent.kill("SIGTERM");
  const { code, text } = await ending;
  assert.equal(code, 0, text);
  assert.equal(job.released.length, 1);
  assert.deepEqual(job.failed, []);
  assert.match(text, /once more: hands it back now/);
  assert.match(text, /was handed back/);
});

Deno.test("when the launcher is killed, the agent hands its work back and ends", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  alreadyJoined(gateway, data.path);
  const agent = launch(data.path, "run");
  const ending = outcome(agent);
  await gateway.until("it polls", () => gateway.polls.length > 0);
  agent.kill("SIGKILL");
  // Its pipes close when the agent, which inherited them, has ended too.
  const { text } = await ending;
  assert.match(text, /handed back|nothing was left undone/);
});

Deno.test("an agent that another program started ends when that program is gone", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  alreadyJoined(gateway, data.path);
  const agent = launched(data.path, ["run"], { stdin: "piped", env: { ...CARD, AGENT_PARENT: "stdin" } });
  await gateway.until("it polls", () => gateway.polls.length > 0);
  // As when the process that held the other end has died.
  await agent.stdin.close();
  const { text } = await outcome(agent);
  assert.match(text, /handed back|nothing was left undone/);
});

Deno.test("a used join code, a wrong address and plain http are each one sentence and exit code 1 or 2", async () => {
  await using data = await tempDir();
  await using gateway = openTestGateway();
  const used = await outcome(launch(data.path, "join", gateway.url, "WRONG", "--comfyui", "none"));
  assert.equal(used.code, 1);
  assert.match(used.text, /does not accept this join code: it is mistyped, used up or too old/);
  await gateway.down();
  const away = await outcome(launch(data.path, "join", gateway.url, "CODE", "--comfyui", "none"));
  assert.equal(away.code, 1);
  assert.match(away.text, /^Cannot reach the gateway at http.*connection refused\)\.\n$/m);
  const plain = await outcome(launch(data.path, "join", "http://studio.example", "CODE"));
  assert.equal(plain.code, 2);
  assert.match(plain.text, /plain http.*--allow-http/);
  const early = await outcome(launch(data.path, "run"));
  assert.equal(early.code, 2);
  assert.match(early.text, /agent join <gateway> <code>/);
  for (const { text } of [used, away, plain, early]) {
    assert.doesNotMatch(text, /at file:/, "a stack was printed");
  }
});
