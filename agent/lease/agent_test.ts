import assert from "node:assert/strict";
import { JobFailure } from "./executor.ts";
import type { Executor } from "./executor.ts";
import { eventually, resultIn, startTestAgent, testMachine, testSpec, writesFile } from "../testing/agent.ts";
import { openTestGateway } from "../testing/gateway.ts";
import { problem } from "../testing/problem.ts";
import { sha256 } from "../testing/store.ts";

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

Deno.test("a job goes from the poll to the confirmed take, with its files and nothing left behind", async () => {
  await using gateway = openTestGateway();
  const input = gateway.store.put(new TextEncoder().encode("a source image"));
  const seen: string[] = [];
  const executor: Executor = {
    async run(lease, context) {
      seen.push(lease.spec.title, await Deno.readTextFile(context.inputs.get("source")!));
      context.progress({ stage: "Sampling 18 of 30", progress: 0.5 });
      context.preview(new Uint8Array([0xff, 0xd8, 1]));
      await gateway.until(
        "a heartbeat with the progress",
        () => gateway.heartbeats.some(({ leases }) => leases[0]?.progress.stage === "Sampling 18 of 30"),
      );
      await gateway.until("the preview", () => [...gateway.jobs.values()][0]!.previews.length > 0);
      const result = await resultIn(context.folder, PICTURE);
      const poster = `${context.folder}/poster.webp`;
      await Deno.writeTextFile(poster, "a poster");
      return { ...result, poster, peak_vram_mb: 7000 };
    },
  };
  await using agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec(), { inputs: [{ name: "source", ...input, file_name: "../source.png" }] });
  await gateway.until("the take", () => job.state === "succeeded");

  assert.deepEqual(seen, ["SHOT-010_v01_take01", "a source image"]);
  const body = job.completed[0]!;
  assert.equal(body.file.oid, sha256(PICTURE));
  assert.equal(body.file.extension, "png");
  assert.equal(body.peak_vram_mb, 7000);
  assert.deepEqual(body.made_with, { by: "test" });
  assert.deepEqual(gateway.store.objects.get(body.file.oid), PICTURE);
  assert.ok(gateway.store.has(body.poster!.oid));

  agent.drain();
  assert.equal(await agent.ended, "drained");
  assert.deepEqual(await agent.journal.entries(), []);
  const [line] = await agent.journal.history(new Date(0));
  assert.equal(line!.outcome, "succeeded");
});

Deno.test("storage hosts get the headers they signed and never the agent's token", async () => {
  await using gateway = openTestGateway();
  const input = gateway.store.put(PICTURE);
  await using _agent = startTestAgent(gateway, await tempDir(), writesFile(new Uint8Array([1, 2, 3])));
  const job = gateway.add(testSpec(), { inputs: [{ name: "source", ...input, file_name: "a.png" }] });
  await gateway.until("the take", () => job.state === "succeeded");
  for (const { what, headers } of gateway.store.log) {
    if (what === "put" || what === "get") {
      assert.equal(headers.authorization, undefined, `${what} carried a token`);
    } else assert.match(headers.authorization!, /^Bearer lease-/);
  }
  const put = gateway.store.log.find(({ what }) => what === "put")!;
  assert.equal(put.headers["content-length"], "3");
  assert.ok(put.headers["x-amz-checksum-sha256"]);
});

Deno.test("each slot polls for itself, and one heartbeat carries what all of them do", async () => {
  await using gateway = openTestGateway();
  await using agent = startTestAgent(gateway, await tempDir(), untilStopped(), {
    slots: ["gpu0", "gpu1", "cpu"],
  });
  const jobs = [1, 2, 3].map((take) => gateway.add(testSpec(`SHOT-010_v01_take0${take}`)));
  await gateway.until("all three leased", () => jobs.every(({ state }) => state === "leased"));
  assert.deepEqual(jobs.map(({ slot }) => slot).sort(), ["cpu", "gpu0", "gpu1"]);
  await gateway.until("a heartbeat with three leases", () => gateway.heartbeats.at(-1)?.leases.length === 3);
  agent.now();
  assert.equal(await agent.ended, "released");
});

Deno.test("a failure is reported with its class, its sentence and its detail", async () => {
  await using gateway = openTestGateway();
  const executor: Executor = {
    run: () => Promise.reject(new JobFailure("oom", "The card ran out of memory.", { detail: "Traceback" })),
  };
  await using _agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the report", () => job.state === "failed");
  assert.deepEqual(job.failed, [{
    class: "oom",
    message: "The card ran out of memory.",
    detail: "Traceback",
  }]);
});

Deno.test("a bug in an executor, an empty file and a missing file are failures of this agent, not lost jobs", async () => {
  await using gateway = openTestGateway();
  const executor: Executor = {
    async run(lease, { folder }) {
      if (lease.spec.title === "bug") throw new TypeError("undefined is not a function");
      const result = await resultIn(folder, new Uint8Array());
      return lease.spec.title === "empty" ? result : { ...result, file: `${folder}/nowhere.png` };
    },
  };
  await using _agent = startTestAgent(gateway, await tempDir(), executor);
  const jobs = ["bug", "empty", "missing"].map((title) => gateway.add(testSpec(title)));
  await gateway.until("all reports", () => jobs.every(({ state }) => state === "failed"));
  assert.deepEqual(jobs.map(({ failed }) => failed[0]!.class), ["agent", "transient", "agent"]);
  assert.match(jobs[0]!.failed[0]!.message, /undefined is not a function/);
  assert.match(jobs[1]!.failed[0]!.message, /empty file/);
  assert.match(jobs[2]!.failed[0]!.message, /cannot be read/);
});

Deno.test("a cancelled job is stopped within a heartbeat and reported as cancelled", async () => {
  await using gateway = openTestGateway();
  await using _agent = startTestAgent(gateway, await tempDir(), untilStopped());
  const job = gateway.add(testSpec());
  await gateway.until("the lease", () => job.state === "leased");
  job.cancel = true;
  await gateway.until("the report", () => job.state === "cancelled");
  assert.equal(job.failed[0]!.class, "cancelled");
  const next = gateway.add(testSpec("the next"));
  await gateway.until("the slot is free again", () => next.state === "leased");
});

Deno.test("an executor that ignores its signal does not take the slot with it", async () => {
  await using gateway = openTestGateway();
  const deaf: Executor = { run: () => new Promise(() => {}) };
  await using _agent = startTestAgent(gateway, await tempDir(), deaf, { graceMs: 50 });
  const job = gateway.add(testSpec());
  await gateway.until("the lease", () => job.state === "leased");
  job.cancel = true;
  await gateway.until("the report", () => job.state === "cancelled");
});

Deno.test("an attempt that outlives max_run_s is ended as a timeout", async () => {
  await using gateway = openTestGateway();
  await using _agent = startTestAgent(gateway, await tempDir(), untilStopped());
  const job = gateway.add(testSpec(), { maxRunS: 0.05 });
  await gateway.until("the report", () => job.state === "failed");
  assert.equal(job.failed[0]!.class, "timeout");
});

Deno.test("a lost lease is stopped and discarded without a word to the gateway", async () => {
  await using gateway = openTestGateway();
  const stopped = Promise.withResolvers<void>();
  const executor = untilStopped((signal) => signal.addEventListener("abort", () => stopped.resolve()));
  await using agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the lease", () => job.state === "leased");
  gateway.grantToOther(job);
  await stopped.promise;
  const next = gateway.add(testSpec("the next"));
  await gateway.until(
    "the slot is free again",
    () => gateway.heartbeats.at(-1)?.leases[0]?.lease === `${next.id}.1`,
  );
  assert.deepEqual(job.failed, []);
  const left = await agent.journal.entries();
  assert.deepEqual(left.map(({ lease }) => lease.job_id), [next.id]);
});

Deno.test("a render finished under a lease that another got meanwhile is discarded", async () => {
  await using gateway = openTestGateway({ heartbeatS: 30 });
  const executor: Executor = {
    run(_, { folder }) {
      for (const job of gateway.jobs.values()) gateway.grantToOther(job);
      return resultIn(folder, PICTURE);
    },
  };
  await using agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the lease", () => job.boot === "somebody else");
  await eventually("the word of it", () => agent.said.some((said) => /went to another agent/.test(said)));
  assert.deepEqual(await agent.journal.entries(), []);
  assert.deepEqual(job.completed, []);
});

Deno.test("a gateway that goes away in mid-render and comes back finds the work done", async () => {
  await using gateway = openTestGateway();
  const finish = Promise.withResolvers<void>();
  const executor: Executor = {
    async run(_, { folder }) {
      await finish.promise;
      return await resultIn(folder, PICTURE);
    },
  };
  await using agent = startTestAgent(gateway, await tempDir(), executor);
  const job = gateway.add(testSpec());
  await gateway.until("the lease", () => job.state === "leased");
  await gateway.down();
  finish.resolve();
  await eventually("its words", () => agent.said.some((said) => /cannot reach/i.test(said)));
  await eventually("the report on disk", async () => !!(await agent.journal.entries())[0]?.report);
  gateway.up();
  await gateway.until("the take", () => job.state === "succeeded");
  const next = gateway.add(testSpec("the next"));
  await gateway.until("the next take", () => next.state === "succeeded");
});

Deno.test("an agent started before its gateway waits for it", async () => {
  await using gateway = openTestGateway();
  await gateway.down();
  await using agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE));
  await eventually("its words", () => agent.said.some((said) => /Cannot reach the gateway/.test(said)));
  gateway.up();
  const job = gateway.add(testSpec());
  await gateway.until("the take", () => job.state === "succeeded");
});

Deno.test("a gateway that no longer knows this boot gets a new session and the same work", async () => {
  await using gateway = openTestGateway();
  let forgets = false;
  gateway.fault = (request) =>
    forgets && /lease$|heartbeat$/.test(new URL(request.url).pathname)
      ? (forgets = false, problem("conflict", "This boot is not known."))
      : null;
  await using _agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE));
  await gateway.until("the first session", () => gateway.polls.length > 0);
  forgets = true;
  await gateway.until("another session", () => gateway.sessions.length >= 2);
  assert.equal(new Set(gateway.sessions.map(({ boot_id }) => boot_id)).size, 1);
  const job = gateway.add(testSpec());
  await gateway.until("the take", () => job.state === "succeeded");
});

Deno.test("a card that appears later is declared and polled for", async () => {
  await using gateway = openTestGateway();
  let slots = ["cpu"];
  const executor = writesFile(PICTURE);
  await using _agent = startTestAgent(gateway, await tempDir(), executor, {
    look: () => Promise.resolve(testMachine(executor, { slots })),
    lookAgainMs: 20,
  });
  await gateway.until("the first poll", () => gateway.polls.some(({ slot }) => slot === "cpu"));
  slots = ["cpu", "gpu0"];
  await gateway.until("a poll for the card", () => gateway.polls.some(({ slot }) => slot === "gpu0"));
  assert.equal(gateway.sessions.length, 2);
});

Deno.test("a session whose store lies elsewhere asks for a restart before any job is taken", async () => {
  await using gateway = openTestGateway();
  gateway.storeOrigins = ["https://s3.example"];
  await using agent = startTestAgent(gateway, await tempDir(), writesFile(PICTURE), {
    sessionOpened: (session) => session.store_origins.length === 0,
  });
  assert.equal(await agent.ended, "restart");
  assert.equal(gateway.polls.length, 0);
});
