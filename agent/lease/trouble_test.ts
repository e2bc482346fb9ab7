import assert from "node:assert/strict";
import { type Executor, JobFailure } from "./executor.ts";
import { eventually, resultIn, startTestAgent, testMachine, testSpec, writesFile } from "../testing/agent.ts";
import { pause } from "./backoff.ts";
import { openTestGateway } from "../testing/gateway.ts";
import { problem } from "../testing/problem.ts";

const PICTURE = new TextEncoder().encode("the bytes of a picture");

const folders: string[] = [];
Deno.test.afterAll(() => {
  for (const folder of folders) Deno.removeSync(folder, { recursive: true });
});

async function tempDir(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "agent-test-" });
  folders.push(folder);
  return folder;
}

Deno.test("below the disk floor no job is taken, and the sentence says how much is missing where", async () => {
  await using gateway = openTestGateway();
  const dataDir = await tempDir();
  await using agent = startTestAgent(gateway, dataDir, writesFile(PICTURE), { minDiskMb: 1e9 });
  const job = gateway.add(testSpec());
  await gateway.until("heartbeats with the free disk", () => gateway.heartbeats.length > 3);
  assert.ok(gateway.heartbeats.at(-1)!.disk_free_mb! > 0);
  assert.equal(gateway.polls.length, 0);
  assert.equal(job.state, "queued");
  assert.match(agent.said.join("\n"), /MiB are free at .*agent-test-.*wants 1000000000/);
});

Deno.test("what a job said last reaches the gateway before its failure does, and nothing secret with it", async () => {
  await using gateway = openTestGateway();
  const told: { tail: string; before: boolean }[] = [];
  gateway.fault = async (request) => {
    if (!request.url.endsWith("/log")) return null;
    const { tail } = await request.json();
    told.push({ tail, before: job.failed.length === 0 });
    return new Response(null, { status: 204 });
  };
  const executor: Executor = {
    run(_lease, context) {
      context.progress({ stage: "Sampling 3 of 30", progress: 0.1 });
      context.log?.("GET https://store.example/model?X-Amz-Signature=0123456789abcdef\nCUDA error 700");
      throw new Error("The card fell off the bus");
    },
  };
  await using _agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the report", () => job.state === "failed");
  const { tail, before } = told.at(-1)!;
  assert.ok(before, "afterwards the lease is over");
  for (const kept of [/Sampling 3 of 30/, /CUDA error 700/, /fell off the bus/, /model\?\[left out\]/]) {
    assert.match(tail, kept);
  }
  assert.doesNotMatch(tail, /Signature/);
});

Deno.test("after a fault of its own the machine looks at itself before it takes more, and offers what it still can", async () => {
  await using gateway = openTestGateway();
  let dead = false;
  const executor: Executor = {
    run() {
      dead = true;
      throw new JobFailure("transient", "ComfyUI cannot be reached (/prompt).");
    },
  };
  await using _agent = startTestAgent(gateway, await tempDir(), executor, {
    look: () =>
      Promise.resolve(
        testMachine(executor, { capabilities: dead ? ["assemble"] : ["test@low", "assemble"] }),
      ),
    lookAgainMs: 3_600_000,
  });
  const first = gateway.add(testSpec());
  const second = gateway.add(testSpec("SHOT-020_v01_take01"));
  await gateway.until("the report", () => first.state === "failed");
  const offered = () => gateway.sessions.at(-1)!.facts.slots[0]!.capabilities;
  await gateway.until("what it offers now", () => offered().join() === "assemble");
  const polled = gateway.polls.length;
  await gateway.until("it goes on asking", () => gateway.polls.length > polled);
  assert.equal(second.state, "queued", "it was not taken to fail as well");
});

Deno.test("a session that is refused after a fault is opened after the next one, and one that needs another process ends this one", async () => {
  await using gateway = openTestGateway();
  let looks = 0;
  const executor: Executor = {
    run() {
      throw new JobFailure("agent", "Its driver is gone.");
    },
  };
  let permitted = true;
  await using agent = startTestAgent(gateway, await tempDir(), executor, {
    look: () => Promise.resolve(testMachine(executor, { capabilities: ["test@low", `look-${++looks}@low`] })),
    sessionOpened: () => permitted,
    lookAgainMs: 3_600_000,
  });
  await gateway.until("it polls", () => gateway.polls.length > 0);
  gateway.fault = (request) =>
    request.url.endsWith("/session") ? problem("unprocessable", "There is no room for it.") : null;
  gateway.add(testSpec());
  await eventually("it says why", () => agent.said.includes("There is no room for it."));
  assert.equal(agent.said.filter((line) => /SHOT-010.*(failed|stopped)/.test(line)).length, 1, "told once");
  gateway.fault = null;
  const sessions = gateway.sessions.length;
  gateway.add(testSpec());
  await gateway.until("what it offers now", () => gateway.sessions.length > sessions);
  permitted = false;
  gateway.add(testSpec());
  assert.equal(await agent.ended, "restart");
});

Deno.test("a gateway that refuses what a machine offers now does not end what runs there, and is told again", async () => {
  await using gateway = openTestGateway();
  const goOn = Promise.withResolvers<void>();
  const executor: Executor = {
    run: (_, { folder }) => goOn.promise.then(() => resultIn(folder, PICTURE)),
  };
  let capabilities = ["test@low"];
  await using agent = startTestAgent(gateway, await tempDir(), executor, {
    look: () => Promise.resolve(testMachine(executor, { capabilities })),
    lookAgainMs: 20,
  });
  const job = gateway.add(testSpec());
  await gateway.until("it works", () => gateway.heartbeats.at(-1)?.leases.length === 1);
  gateway.fault = (request) =>
    request.url.endsWith("/session") ? problem("unprocessable", "More than a studio knows.") : null;
  capabilities = ["test@low", "more@low"];
  await eventually(
    "it says so",
    () => agent.said.some((line) => /refuses what .*More than a studio knows/.test(line)),
  );
  gateway.fault = null;
  await gateway.until(
    "it is told",
    () => gateway.sessions.at(-1)!.facts.slots[0]!.capabilities.includes("more@low"),
  );
  goOn.resolve();
  await gateway.until("the take", () => job.state === "succeeded");
  assert.equal(job.grant, 1);
});

Deno.test("what comes up while the machine is being looked at is declared at once, and not a minute later", async () => {
  await using gateway = openTestGateway();
  const news = new EventTarget();
  const executor = writesFile(PICTURE);
  let up = 0;
  await using _agent = startTestAgent(gateway, await tempDir(), executor, {
    news,
    look() {
      const capabilities = Array.from({ length: up }, (_, nth) => `model-${nth}@low`);
      // During the first look, and during the one that this brings.
      if (up < 2 && ++up) news.dispatchEvent(new Event("change"));
      return Promise.resolve(testMachine(executor, { capabilities }));
    },
    lookAgainMs: 3_600_000,
  });
  await gateway.until(
    "all of it is declared",
    () => gateway.sessions.at(-1)?.facts.slots[0]?.capabilities.join() === "model-0@low,model-1@low",
  );
});

Deno.test("a full disk in mid-render is a failure of class agent that names the folder", async () => {
  await using gateway = openTestGateway();
  const executor: Executor = {
    async run() {
      if (Deno.build.os === "linux") await Deno.writeFile("/dev/full", PICTURE);
      throw Object.assign(new Error("There is not enough space on the disk"), { code: "ENOSPC" });
    },
  };
  await using _agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the report", () => job.state === "failed");
  assert.equal(job.failed[0]!.class, "agent");
  assert.match(job.failed[0]!.message, /disk is full at .*agent-test-/);
});

Deno.test({
  name: "a disk that fills up while inputs arrive is the agent's failure too",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using gateway = openTestGateway();
    const input = gateway.store.put(PICTURE);
    await using agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE));
    await gateway.until("a poll", () => gateway.polls.length > 0);
    // The file that the input is written to is a device that is always full.
    gateway.fault = async (request) => {
      if (!request.url.includes("/bucket/") || request.method !== "GET") return null;
      const folder = `${agent.journal.root}/${job.id}.1/inputs`;
      const path = `${folder}/${input.oid.slice(0, 16)}_a.png`;
      await Deno.remove(path).catch(() => {});
      await Deno.symlink("/dev/full", path);
      return null;
    };
    const job = gateway.add(testSpec(), { inputs: [{ name: "source", ...input, file_name: "a.png" }] });
    await gateway.until("the report", () => job.state === "failed");
    assert.equal(job.failed[0]!.class, "agent");
    assert.match(job.failed[0]!.message, /disk is full/);
  },
});

Deno.test("a report that cannot be written to disk is sent all the same", async () => {
  await using gateway = openTestGateway();
  const executor: Executor = {
    async run(_, { folder }) {
      await Deno.mkdir(`${folder}/report.json.new`);
      return await resultIn(folder, PICTURE);
    },
  };
  await using _agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the take", () => job.state === "succeeded");
});

Deno.test("a job that cannot even be begun goes back without a failure", async () => {
  await using gateway = openTestGateway();
  await using agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE));
  await gateway.until("a poll", () => gateway.polls.length > 0);
  await Deno.writeTextFile(agent.journal.root, "not a folder");
  const job = gateway.add(testSpec());
  await gateway.until("the job back", () => job.released.length === 1);
  assert.match(job.released[0]!, /cannot write to its disk/);
  assert.deepEqual(job.failed, []);
});

Deno.test("work the gateway will not accept ends as a failure with the gateway's reason", async () => {
  await using gateway = openTestGateway();
  gateway.fault = (request) =>
    request.url.endsWith("/complete") ? problem("unprocessable", "The file is not a PNG.") : null;
  await using _agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE));
  const job = gateway.add(testSpec());
  await gateway.until("the report", () => job.state === "failed");
  assert.equal(job.failed[0]!.class, "agent");
  assert.match(job.failed[0]!.message, /not accepted: The file is not a PNG/);
});

Deno.test("a gateway that takes heartbeats and does not answer them costs nothing but time", async () => {
  await using gateway = openTestGateway();
  const hung = Promise.withResolvers<void>();
  const mended = Promise.withResolvers<void>();
  const executor: Executor = {
    async run(_, { folder }) {
      await mended.promise;
      return await resultIn(folder, PICTURE);
    },
  };
  await using agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("it renders", () => gateway.heartbeats.at(-1)?.leases.length === 1);
  gateway.fault = async (request) => {
    if (!request.url.endsWith("/heartbeat")) return null;
    hung.resolve();
    await pause(60_000, request.signal).catch(() => {});
    return new Response(null, { status: 503 });
  };
  await hung.promise;
  await eventually(
    "it is told",
    () => agent.said.some((sentence) => /does not answer; what runs goes on/.test(sentence)),
  );
  gateway.fault = null;
  mended.resolve();
  await gateway.until("the take", () => job.state === "succeeded");
  assert.deepEqual([job.grant, job.failed], [1, []]);
});
