import assert from "node:assert/strict";
import { pause } from "../lease/backoff.ts";
import type { Executor } from "../lease/executor.ts";
import {
  eventually,
  resultIn,
  startTestAgent,
  type TestAgent,
  testSpec,
  writesFile,
} from "../testing/agent.ts";
import { openTestGateway, type TestGateway } from "../testing/gateway.ts";
import { readResting, writeWish } from "./pause.ts";
import { policyPath, writeDefaultPolicy } from "./policy.ts";
import { openRules, type Rules } from "./rules.ts";

interface Lent extends AsyncDisposable {
  gateway: TestGateway;
  agent: TestAgent;
  rules: Rules;
  dataDir: string;
  /** What programs of others use of the card. */
  others: { vramMb: number | null; percent: number | null };
  /** How often the card's memory was freed. */
  freed: () => number;
  policy(policy: object | string): Promise<void>;
  /** Until the gateway has heard why it rests; null: that it works. */
  heard(resting: RegExp | null): Promise<void>;
}

/** A machine under its owner's rules, with a gateway over a real socket. */
async function lend(executor: Executor, policy: object = {}): Promise<Lent> {
  const stack = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "agent-policy-" });
  stack.defer(() => Deno.remove(dataDir, { recursive: true }));
  const gateway = stack.use(openTestGateway());
  await Deno.writeTextFile(policyPath(dataDir), JSON.stringify(policy));
  const others = { vramMb: 0, percent: 0 };
  let freed = 0;
  const rules = stack.use(
    await openRules({
      dataDir,
      look: () => Promise.resolve({ ...others }),
      bytesSince: () => Promise.resolve(0),
      folderBytes: () => Promise.resolve(0),
      everyMs: 10,
      cardsMs: 10,
      slowMs: 10,
    }),
  );
  const agent = stack.use(
    startTestAgent(gateway, dataDir, executor, {
      rules,
      tellRefusedMs: 10,
      freeMemory: () => Promise.resolve(void freed++),
    }),
  );
  return {
    gateway,
    agent,
    rules,
    dataDir,
    others,
    freed: () => freed,
    policy: (text) =>
      Deno.writeTextFile(policyPath(dataDir), typeof text === "string" ? text : JSON.stringify(text)),
    heard: (resting) =>
      gateway.until(`the gateway hears ${resting}`, () => {
        const last = gateway.heartbeats.at(-1);
        return last !== undefined &&
          (resting ? resting.test(last.resting ?? "") : last.resting === undefined);
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const WRITES = writesFile(new Uint8Array(100));

/** Works until it is stopped or let go. */
function held(): Executor & { begun: Promise<void>; letGo(): void } {
  const begun = Promise.withResolvers<void>();
  const free = new AbortController();
  return {
    begun: begun.promise,
    letGo: () => free.abort(),
    async run(_, context) {
      begun.resolve();
      await pause(600_000, AbortSignal.any([context.signal, free.signal])).catch(() => {});
      context.signal.throwIfAborted();
      return await resultIn(context.folder, new Uint8Array(100));
    },
  };
}

Deno.test("a paused machine takes nothing and says why, and takes jobs again when it is resumed", async () => {
  await using lent = await lend(WRITES);
  await lent.gateway.until("it polls", () => lent.gateway.polls.length > 0);
  await writeWish(lent.dataDir, "pause");
  await lent.heard(/Paused on the machine itself/);
  assert.match((await readResting(lent.dataDir))!.sentence, /Paused on the machine itself/);
  const job = lent.gateway.add(testSpec());
  await lent.gateway.until("a heartbeat later", () => lent.gateway.heartbeats.length > 2);
  assert.equal(job.completed.length, 0);
  await writeWish(lent.dataDir, "work");
  await lent.gateway.until("the take", () => job.state === "succeeded");
  await lent.heard(null);
  assert.equal(await readResting(lent.dataDir), null);
  assert.ok(lent.agent.said.includes("Takes jobs again."));
});

Deno.test("a pause hands back what runs and frees the card", async () => {
  const work = held();
  await using lent = await lend(work);
  const job = lent.gateway.add(testSpec());
  await work.begun;
  await writeWish(lent.dataDir, "pause");
  await lent.gateway.until("it comes back", () => job.released.length > 0);
  assert.deepEqual(job.released, ["paused on the machine itself"]);
  assert.deepEqual(job.failed, []);
  await eventually("the memory is freed, also after the work has stopped", () => lent.freed() >= 2);
});

Deno.test("a pause after the job lets it end and takes no other", async () => {
  const work = held();
  await using lent = await lend(work);
  const job = lent.gateway.add(testSpec());
  await work.begun;
  await writeWish(lent.dataDir, "pause_after_job");
  await lent.heard(/finished first/);
  const next = lent.gateway.add(testSpec("SHOT-020_v01_take01"));
  work.letGo();
  await lent.gateway.until("the take", () => job.state === "succeeded");
  const beats = lent.gateway.heartbeats.length;
  await lent.gateway.until("two heartbeats later", () => lent.gateway.heartbeats.length > beats + 2);
  assert.equal(next.state, "queued");
  assert.equal(lent.freed(), 0);
});

Deno.test("a game gets the card within a look, and the machine comes back after it", async () => {
  const work = held();
  await using lent = await lend(work, { yield_to_games: { back_after_minutes: 0 } });
  const job = lent.gateway.add(testSpec());
  await work.begun;
  lent.others.vramMb = 8000;
  await lent.gateway.until("it comes back", () => job.released.length > 0);
  assert.match(job.released[0]!, /^makes way: other programs use more/);
  await lent.heard(/Makes way/);
  await eventually("the memory is freed", () => lent.freed() >= 1);
  work.letGo();
  lent.others.vramMb = 0;
  const next = lent.gateway.add(testSpec("SHOT-020_v01_take01"));
  await lent.gateway.until("the next take", () => next.state === "succeeded");
});

Deno.test("a prompt with a refused word goes back once and is not asked for again", async () => {
  await using lent = await lend(WRITES, { refuse_words: ["gun"] });
  const job = lent.gateway.add({ ...testSpec(), params: { prompt: "a smoking gun" } });
  await lent.gateway.until("it comes back", () => job.released.length > 0);
  assert.match(job.released[0]!, /certain words/);
  await lent.gateway.until(
    "polls that leave it out",
    () => lent.gateway.polls.at(-1)!.refused?.includes(job.id) ?? false,
  );
  await lent.gateway.until(
    "the studio is told, for those who wait for it",
    () => lent.gateway.sessions.at(-1)!.facts.terms?.refused?.includes(job.id) ?? false,
  );
  const other = lent.gateway.add(testSpec("SHOT-020_v01_take01"));
  await lent.gateway.until("the other take", () => other.state === "succeeded");
  assert.ok(!JSON.stringify(lent.gateway.sessions).includes("gun"), "which word it was is nobody's business");

  await lent.policy({ refuse_words: [] });
  await lent.gateway.until(
    "it is asked for again under other rules",
    () => lent.gateway.polls.at(-1)!.refused === undefined,
  );
  await lent.gateway.until("a session", () => lent.gateway.sessions.at(-1)!.facts.terms === undefined);
});

Deno.test("a rule that is new holds from its first second on: no job slips in before anybody has looked", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "agent-policy-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(dataDir, { recursive: true }));
  const write = (policy: object) => Deno.writeTextFile(policyPath(dataDir), JSON.stringify(policy));
  await write({ yield_to_games: null });
  let clock = Date.parse("2026-11-02T12:00:00Z");
  const use = { vramMb: 0, percent: 40 as number | null };
  const rules = stack.use(
    await openRules({
      dataDir,
      look: () => Promise.resolve({ ...use }),
      bytesSince: () => Promise.resolve(3e9),
      folderBytes: () => Promise.resolve(5e9),
      now: () => new Date(clock),
      // What is not about a rule that has changed comes too late for this test.
      ...{ everyMs: 10, cardsMs: 3_600_000, slowMs: 3_600_000 },
    }),
  );
  const said: string[] = [];
  rules.changed.addEventListener("change", () => said.push(rules.verdict().sentence));
  assert.equal(rules.verdict().take, true);
  const until = (sentence: RegExp) => eventually(`${sentence}`, () => sentence.test(said.at(-1) ?? ""));

  clock += 3_600_000;
  await write({ yield_to_games: null, monthly_gb: 3 });
  await until(/This month's 3 GB are used up/);
  await write({ yield_to_games: null, disk_budget_gb: 4 });
  await until(/Its folder takes 5.0 of the 4 GB/);
  await write({ yield_to_games: null, only_when_idle: { gpu_below_percent: 50, for_minutes: 5 } });
  await until(/idle for 5 min/);
  await write({ only_when_idle: null, yield_to_games: { gpu_above_percent: 30, back_after_minutes: 0 } });
  await until(/^Makes way/);
  assert.ok(!said.includes(""), `it was never free to take one in between: ${said.join(" | ")}`);
});

Deno.test("a driver that tells only what all use together makes no machine rest for its own work", async () => {
  const work = held();
  await using lent = await lend(work, { only_when_idle: { gpu_below_percent: 50, for_minutes: 0 } });
  await lent.heard(null);
  const job = lent.gateway.add(testSpec());
  await work.begun;
  lent.others.percent = null;
  const beats = lent.gateway.heartbeats.length;
  await lent.gateway.until("heartbeats later", () => lent.gateway.heartbeats.length > beats + 3);
  await lent.heard(null);
  work.letGo();
  await lent.gateway.until("the take", () => job.state === "succeeded");
});

Deno.test("a changed policy is told to the studio, and one with a slip stops the machine with a sentence", async () => {
  await using lent = await lend(WRITES);
  await lent.gateway.until("a session", () => lent.gateway.sessions.length > 0);
  await lent.policy({ projects: { deny: ["Ad for a bank"] }, runners: { deny: ["test"] } });
  await lent.gateway.until("another session", () => lent.gateway.sessions.at(-1)!.facts.terms !== undefined);
  const { facts } = lent.gateway.sessions.at(-1)!;
  assert.deepEqual(facts.terms!.projects.deny, ["Ad for a bank"]);
  assert.deepEqual(facts.slots[0]!.capabilities, []);
  await lent.policy({ hour: [] });
  await lent.heard(/until its rules are mended.*hour/);
  await lent.policy("{");
  await lent.heard(/is not JSON/);
  await lent.policy({});
  await lent.heard(null);
  const job = lent.gateway.add(testSpec());
  await lent.gateway.until("the take", () => job.state === "succeeded");
});

Deno.test("a machine that was started under rules with a slip works once they are mended", async () => {
  await using lent = await lend(WRITES, { hour: [] });
  await lent.heard(/until its rules are mended/);
  await writeWish(lent.dataDir, "pause");
  await lent.heard(/Paused on the machine itself/);
  await writeWish(lent.dataDir, "work");
  await lent.heard(/until its rules are mended/);
  assert.deepEqual(lent.gateway.sessions.at(-1)!.facts.slots[0]!.capabilities, []);
  await lent.policy({});
  const job = lent.gateway.add(testSpec());
  await lent.gateway.until("the take", () => job.state === "succeeded");
});

Deno.test("the default policy is written whole, once", async () => {
  const dataDir = await Deno.makeTempDir();
  try {
    await writeDefaultPolicy(dataDir);
    const written = JSON.parse(await Deno.readTextFile(policyPath(dataDir)));
    assert.equal(written.yield_to_games.immediately, true);
    assert.deepEqual(written.hours, []);
    await Deno.writeTextFile(policyPath(dataDir), "{}");
    await writeDefaultPolicy(dataDir);
    assert.equal(await Deno.readTextFile(policyPath(dataDir)), "{}", "an owner's own stays");
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
