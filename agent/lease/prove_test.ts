import assert from "node:assert/strict";
import { pause } from "./backoff.ts";
import { openRunners } from "../runners/mod.ts";
import {
  eventually,
  resultIn,
  startTestAgent,
  testMachine as machineWith,
  testSpec,
  writesFile,
} from "../testing/agent.ts";
import { openTestGateway } from "../testing/gateway.ts";
import { JobFailure } from "./executor.ts";
import { testMachine } from "./test_machine.ts";

const PICTURE = new TextEncoder().encode("the bytes of a picture");
const HERE = { dataDir: "", minDiskMb: 0, signal: new AbortController().signal };

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "agent-self-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("a machine tests its disk, its memory and every card it had by making a picture there", async () => {
  await using place = await folder();
  const hardware = { gpus: [], ramMb: 8192, diskFreeMb: 50_000, driver: null };
  const runners = await openRunners({ comfyui: null, hardware: hardware as never });
  const cpu = runners.slots.find(({ slot }) => slot === "cpu")!;
  const machine = { ...machineWith(writesFile(PICTURE)), runners };
  const facts = { ...machine.facts, slots: [cpu] };
  const found = await testMachine({ ...machine, facts }, { ...HERE, slots: ["cpu"], dataDir: place.path });
  assert.deepEqual(found.checks.map(({ what, ok }) => [what, ok]), [["disk", true], ["memory", true], [
    "cpu",
    true,
  ]]);
  assert.match(found.checks[2]!.sentence, /made a picture with animatic-still@low/);
  assert.equal(found.passed, true);
  assert.deepEqual([...Deno.readDirSync(place.path)], [], "nothing is left of it");

  const without = await testMachine({ ...machine, facts }, {
    ...{ ...HERE, slots: ["cpu", "gpu0"], dataDir: place.path, minDiskMb: 2 ** 40 },
  });
  assert.equal(without.passed, false);
  assert.match(without.checks[0]!.sentence, /MiB of disk are free/);
  assert.match(without.checks.at(-1)!.sentence, /gpu0 is not there any more/);
  await runners.close();
});

Deno.test("an agent that was in quarantine and is started again says what its test found, and works when it passes", async () => {
  await using gateway = openTestGateway();
  await using place = await folder();
  gateway.quarantine = { reason: "Its disk was full.", test: true, slots: ["gpu0"] };
  let broken = true;
  const executor = {
    run: (...[, { folder }]: Parameters<ReturnType<typeof writesFile>["run"]>) => {
      if (broken) throw new JobFailure("agent", "No CUDA-capable device is detected.");
      return resultIn(folder, PICTURE);
    },
  };
  const options = { capabilities: ["animatic-still@low", "test@low"] };
  const job = gateway.add(testSpec());
  {
    await using agent = startTestAgent(gateway, place.path, executor, options);
    await gateway.until("what it found", () => gateway.sessions.some(({ self_test }) => self_test));
    const { self_test } = gateway.sessions.find((session) => session.self_test)!;
    assert.equal(self_test!.passed, false);
    assert.match(self_test!.checks.at(-1)!.sentence, /No CUDA-capable device/);
    await gateway.until("a poll that is told to wait", () => gateway.polls.length > 0);
    assert.equal(job.state, "queued");
    assert.match(agent.said.join("\n"), /in quarantine\. Its disk was full\./);
  }
  broken = false;
  await using agent = startTestAgent(gateway, place.path, executor, options);
  await gateway.until("the take", () => job.state === "succeeded");
  assert.match(agent.said.join("\n"), /The self test passed: takes jobs again\./);
  assert.equal(gateway.sessions.filter(({ self_test }) => self_test?.passed).length, 1);
});

Deno.test("an agent that is stopped while it tests itself has put everything away before it ends", async () => {
  await using gateway = openTestGateway();
  await using place = await folder();
  gateway.quarantine = { reason: "Its disk was full.", test: true, slots: ["gpu0"] };
  const begun = Promise.withResolvers<void>();
  const executor = {
    run: async (...[, { folder, signal }]: Parameters<ReturnType<typeof writesFile>["run"]>) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      // It takes its time over stopping, and writes until the last.
      await pause(300);
      return await resultIn(folder, PICTURE);
    },
  };
  {
    const options = { capabilities: ["animatic-still@low"] };
    await using _agent = startTestAgent(gateway, place.path, executor, options);
    await begun.promise;
  }
  assert.deepEqual(
    [...Deno.readDirSync(place.path)].map(({ name }) => name).filter((name) => name !== "work"),
    [],
  );
});

Deno.test("an agent that is kept from work while it runs says why, as a trouble that lasts until it is let out", async () => {
  await using gateway = openTestGateway();
  await using place = await folder();
  await using agent = startTestAgent(gateway, place.path, writesFile(PICTURE));
  await gateway.until("a poll", () => gateway.polls.length > 0);
  gateway.quarantine = { reason: "A spot check found that it made a take wrong.", test: false, slots: [] };
  await eventually("what it says", () => agent.troubles.has("quarantine"));
  assert.match(agent.troubles.get("quarantine")!, /^A spot check found/);
  assert.equal(gateway.sessions.filter(({ self_test }) => self_test).length, 0, "it has nothing to prove");
  gateway.quarantine = null;
  await eventually("it to be over", () => !agent.troubles.has("quarantine"));
});

Deno.test("what the machine is to blame for is named, and what the gateway refuses is not its fault", async () => {
  await using gateway = openTestGateway();
  await using place = await folder();
  const full = { run: () => Promise.reject(Object.assign(new Error("write"), { code: "ENOSPC" })) };
  const job = gateway.add(testSpec());
  {
    await using _agent = startTestAgent(gateway, place.path, full);
    await gateway.until("the failure", () => job.failed.length > 0);
    assert.deepEqual([job.failed[0]!.class, job.failed[0]!.fault], ["agent", "disk"]);
  }
  const other = gateway.add(testSpec());
  gateway.fault = (request) =>
    request.url.endsWith("/complete")
      ? Response.json({ code: "unprocessable", detail: "Not this.", status: 422 }, { status: 422 })
      : null;
  await using _agent = startTestAgent(gateway, place.path, writesFile(PICTURE));
  await gateway.until("the failure", () => other.failed.length > 0);
  assert.deepEqual([other.failed[0]!.class, other.failed[0]!.fault], ["agent", "none"]);
});
