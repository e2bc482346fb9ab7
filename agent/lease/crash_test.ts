import assert from "node:assert/strict";
import { join } from "@std/path";
import { fileURLToPath } from "node:url";
import { eventually, startTestAgent, testSpec, writesFile } from "../testing/agent.ts";
import { openTestGateway, type TestGateway } from "../testing/gateway.ts";
import type { TestJob } from "../testing/jobs.ts";
import { sha256 } from "../testing/store.ts";
import { pause } from "./backoff.ts";
import { openJournal } from "./journal.ts";

const RENDER = new TextEncoder().encode("a render that survives");
const other = writesFile(new TextEncoder().encode("another render"));

/** Starts a real agent process, waits for `moment`, and kills it without warning. */
async function killAt(
  gateway: TestGateway,
  dataDir: string,
  what: "render" | "finish",
  moment: () => Promise<unknown>,
): Promise<void> {
  const script = fileURLToPath(new URL("../testing/crash_agent.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, gateway.url, gateway.token, dataDir, what],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    await moment();
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

async function story(
  run: (gateway: TestGateway, dataDir: string, job: TestJob) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "agent-crash-" });
  try {
    await using gateway = openTestGateway();
    await run(gateway, dataDir, gateway.add(testSpec()));
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** A request that the gateway never answers: the agent stands there when it is killed. */
function stuckAt(gateway: TestGateway, fits: (request: Request) => boolean): Promise<void> {
  const reached = Promise.withResolvers<void>();
  gateway.fault = async (request) => {
    if (!fits(request)) return null;
    reached.resolve();
    gateway.fault = null;
    await pause(60_000, request.signal).catch(() => {});
    return new Response(null, { status: 503 });
  };
  return reached.promise;
}

async function journalEmpty(dataDir: string): Promise<void> {
  await eventually("an empty journal", async () => (await openJournal(dataDir).entries()).length === 0);
}

Deno.test("killed in mid-render: the job goes back at the next start and is made once", () =>
  story(async (gateway, dataDir, job) => {
    await killAt(
      gateway,
      dataDir,
      "render",
      () => gateway.until("it renders", () => gateway.heartbeats.at(-1)?.leases.length === 1),
    );
    assert.equal(job.state, "leased");
    await using _next = startTestAgent(gateway, dataDir, other);
    await gateway.until("the take", () => job.state === "succeeded");
    assert.equal(job.grant, 2);
    assert.deepEqual(job.failed, []);
    await journalEmpty(dataDir);
  }));

Deno.test("killed in mid-upload: the finished render is brought in by the next start, not made again", () =>
  story(async (gateway, dataDir, job) => {
    await killAt(
      gateway,
      dataDir,
      "finish",
      () => stuckAt(gateway, (request) => request.method === "PUT" && /bucket/.test(request.url)),
    );
    assert.equal(gateway.store.objects.size, 0);
    await using _next = startTestAgent(gateway, dataDir, other);
    await gateway.until("the take", () => job.state === "succeeded");
    assert.equal(job.completed[0]!.file.oid, sha256(RENDER));
    assert.equal(job.grant, 1);
    await journalEmpty(dataDir);
  }));

Deno.test("killed between upload and report: reported by the next start, the bytes are not sent again", () =>
  story(async (gateway, dataDir, job) => {
    await killAt(
      gateway,
      dataDir,
      "finish",
      () => stuckAt(gateway, (request) => request.url.endsWith("/complete")),
    );
    assert.equal(job.completed.length, 0);
    await using _next = startTestAgent(gateway, dataDir, other);
    await gateway.until("the take", () => job.state === "succeeded");
    assert.equal(job.completed[0]!.file.oid, sha256(RENDER));
    assert.equal(gateway.store.log.filter(({ what }) => what === "put").length, 1);
    await journalEmpty(dataDir);
  }));

Deno.test("killed before it heard that its report was taken: reported again, counted once", () =>
  story(async (gateway, dataDir, job) => {
    await killAt(gateway, dataDir, "finish", async () => {
      const answer = stuckAt(gateway, (request) => {
        if (!request.url.endsWith("/complete")) return false;
        // The gateway takes it in; its answer is what gets lost.
        request.clone().json().then((body) => {
          job.completed.push(body);
          job.state = "succeeded";
        });
        return true;
      });
      await answer;
      await eventually("the end of the job", () => job.state === "succeeded");
    });
    await using next = startTestAgent(gateway, dataDir, other);
    await journalEmpty(dataDir);
    assert.equal(job.completed.length, 1);
    await eventually("the word of it", () => next.said.some((said) => /brought in: succeeded/.test(said)));
  }));

Deno.test("finished work whose job went to another agent while this one was down is discarded", () =>
  story(async (gateway, dataDir, job) => {
    await killAt(
      gateway,
      dataDir,
      "finish",
      () => stuckAt(gateway, (request) => request.url.endsWith("/complete")),
    );
    gateway.grantToOther(job);
    await using next = startTestAgent(gateway, dataDir, other);
    await journalEmpty(dataDir);
    await gateway.until(
      "it works on",
      () => gateway.polls.some(({ boot_id }) => boot_id === gateway.sessions.at(-1)?.boot_id),
    );
    assert.equal(job.completed.length, 0);
    await eventually("the word of it", () => next.said.some((said) => /given to another agent/.test(said)));
  }));

Deno.test("a finished render outlives a dead agent and a dead gateway at once", () =>
  story(async (gateway, dataDir, job) => {
    await killAt(
      gateway,
      dataDir,
      "finish",
      () => stuckAt(gateway, (request) => request.url.endsWith("/complete")),
    );
    await gateway.down();
    await using next = startTestAgent(gateway, dataDir, other);
    await eventually("its words", () => next.said.some((said) => /cannot reach/i.test(said)));
    gateway.up();
    await gateway.until("the take", () => job.state === "succeeded");
    assert.equal(job.completed[0]!.file.oid, sha256(RENDER));
  }));

Deno.test("rubbish in the work folder does not keep an agent from starting", () =>
  story(async (gateway, dataDir, job) => {
    const broken = join(dataDir, "work", "01890000-0000-7000-8000-000000000000.1");
    await Deno.mkdir(join(dataDir, "work", "not-a-lease"), { recursive: true });
    await Deno.mkdir(broken, { recursive: true });
    await Deno.writeTextFile(join(broken, "lease.json"), '{"lease":');
    await using _agent = startTestAgent(gateway, dataDir, other);
    await gateway.until("the take", () => job.state === "succeeded");
    await journalEmpty(dataDir);
  }));
