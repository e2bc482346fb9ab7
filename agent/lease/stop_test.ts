import assert from "node:assert/strict";
import type { Executor } from "./executor.ts";
import { eventually, resultIn, startTestAgent, testSpec, writesFile } from "../testing/agent.ts";
import { openTestGateway } from "../testing/gateway.ts";
import { type Journal, openJournal } from "./journal.ts";
import { pause } from "./backoff.ts";

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

/** Runs until told to stop, and stops as an executor should. */
function untilStopped(started?: (signal: AbortSignal) => void): Executor {
  return {
    run: (_, { signal }) =>
      new Promise((_, reject) => {
        started?.(signal);
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  };
}

Deno.test("a revoked token stops the agent with a sentence that says how to come back", async () => {
  await using gateway = openTestGateway();
  await using agent = startTestAgent(gateway, await tempDir(), untilStopped());
  const job = gateway.add(testSpec());
  await gateway.until("the lease", () => job.state === "leased");
  gateway.revoked = true;
  assert.equal(await agent.ended, "revoked");
  assert.match(agent.said.join("\n"), /was revoked.*agent join http/);
});

Deno.test("an agent that is removed while it works hears of it before its next heartbeat", async () => {
  await using gateway = openTestGateway({ heartbeatS: 100 });
  const stopped = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const executor = untilStopped((signal) => {
    started.resolve();
    signal.addEventListener("abort", () => stopped.resolve());
  });
  await using agent = startTestAgent(gateway, await tempDir(), executor);
  gateway.add(testSpec());
  await started.promise;
  gateway.revoked = true;
  assert.equal(await agent.ended, "revoked");
  await stopped.promise;
});

Deno.test("an agent that has ended writes nothing any more: its heartbeat's last note is waited for", async () => {
  await using gateway = openTestGateway({ heartbeatS: 0.05 });
  const dataDir = await tempDir();
  const real = openJournal(dataDir);
  let writing = 0;
  const noted = Promise.withResolvers<void>();
  const journal: Journal = {
    ...real,
    async note(entry, progress) {
      writing++;
      noted.resolve();
      await pause(300);
      await real.note(entry, progress);
      writing--;
    },
  };
  await using agent = startTestAgent(gateway, dataDir, untilStopped(), { journal });
  gateway.add(testSpec());
  await noted.promise;
  agent.now();
  assert.equal(await agent.ended, "released");
  assert.equal(writing, 0);
});

Deno.test("draining finishes what runs and takes nothing new", async () => {
  await using gateway = openTestGateway();
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const executor: Executor = {
    async run(_, { folder }) {
      started.resolve();
      await finish.promise;
      return await resultIn(folder, PICTURE);
    },
  };
  await using agent = startTestAgent(gateway, await tempDir(), executor, { slots: ["gpu0", "gpu1"] });
  const job = gateway.add(testSpec());
  await started.promise;
  agent.drain();
  await gateway.until("the gateway hears of it", () => gateway.heartbeats.at(-1)?.draining === true);
  const late = gateway.add(testSpec("too late"));
  finish.resolve();
  assert.equal(await agent.ended, "drained");
  assert.equal(job.state, "succeeded");
  assert.equal(late.state, "queued");
});

Deno.test("stopping now hands unfinished work back without a failure", async () => {
  await using gateway = openTestGateway();
  const started = Promise.withResolvers<unknown>();
  await using agent = startTestAgent(gateway, await tempDir(), untilStopped(started.resolve));
  const job = gateway.add(testSpec());
  await started.promise;
  agent.drain();
  agent.now();
  assert.equal(await agent.ended, "released");
  assert.equal(job.released.length, 1);
  assert.deepEqual(job.failed, []);
  assert.deepEqual(await agent.journal.entries(), []);
});

Deno.test("a job granted to a poll that the drain cut off is given back before the agent ends", async () => {
  await using gateway = openTestGateway();
  const cut = Promise.withResolvers<void>();
  gateway.fault = async (request) => {
    // The grant is made, its answer never arrives.
    if (
      !request.url.endsWith("/lease") || ![...gateway.jobs.values()].some(({ state }) => state === "queued")
    ) return null;
    for (const job of gateway.jobs.values()) {
      Object.assign(job, { state: "leased", boot: gateway.sessions[0]!.boot_id });
    }
    cut.resolve();
    await pause(60_000, request.signal).catch(() => {});
    return new Response();
  };
  await using agent = startTestAgent(gateway, await tempDir(), untilStopped());
  const job = gateway.add(testSpec());
  await cut.promise;
  agent.drain();
  assert.equal(await agent.ended, "drained");
  assert.equal(job.state, "queued");
});

Deno.test("stopping now in mid-upload keeps the finished take for the next start", async () => {
  await using gateway = openTestGateway();
  let broken = true;
  gateway.fault = (request) =>
    broken && request.method === "PUT" && request.url.includes("/bucket/")
      ? new Response("", { status: 503 })
      : null;
  const dataDir = await tempDir();
  const job = gateway.add(testSpec());
  {
    await using agent = startTestAgent(gateway, dataDir, writesFile(PICTURE));
    await eventually("its words", () => agent.said.some((said) => /503/.test(said)));
    agent.now();
    assert.equal(await agent.ended, "released");
    assert.deepEqual(job.released, []);
  }
  broken = false;
  await using _next = startTestAgent(gateway, dataDir, untilStopped());
  await gateway.until("the take of the earlier run", () => job.state === "succeeded");
  assert.equal(job.grant, 1);
});

Deno.test("a paused agent polls no more until it is resumed", async () => {
  await using gateway = openTestGateway();
  await using agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE));
  await gateway.until("a first poll", () => gateway.polls.length > 0);
  gateway.paused = true;
  await eventually("its words", () => agent.said.some((said) => /Paused/.test(said)));
  const job = gateway.add(testSpec());
  const beats = gateway.heartbeats.length;
  await gateway.until("some heartbeats", () => gateway.heartbeats.length > beats + 3);
  assert.equal(job.state, "queued");
  gateway.paused = false;
  await gateway.until("the take", () => job.state === "succeeded");
});
