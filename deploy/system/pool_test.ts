import assert from "node:assert/strict";
import { creditText } from "../../shared/jobs/price.ts";
import type { Check, Checks } from "../../shared/api/checks.ts";
import type { Take } from "../../shared/api/work.ts";
import { startTidying } from "../../gateway/checks/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { joinPool, type PoolAgent } from "./pool_agents.ts";

/**
 * A studio's own machine, an honest one of the community, and two that cheat: the real agents, each with a ComfyUI of its own. Every take is checked,
 * so that how many it takes is no matter of luck.
 */
Deno.test({
  name: "who cheats in the community pool is found, and who is honest is never blamed",
  sanitizeResources: false,
  sanitizeOps: false,
}, async (t) => {
  await using test = await openTestStudio({
    env: { LEASE_SECONDS: "30", HEARTBEAT_SECONDS: "0.5", POLL_SECONDS: "3" },
  });
  const url = await test.serve();
  const pool = await openPool(test);
  const { sql } = test.studio.db;
  await using stack = new AsyncDisposableStack();
  const step = async (name: string, story: () => Promise<void>) => {
    if (!await t.step(name, story)) throw new Error(`stopped at: ${name}`);
  };
  const join = async (...options: Parameters<typeof joinPool>[2][]) => {
    const [agent] = await Promise.all(options.map((each) => joinPool(test, url, each)));
    return stack.use(agent!);
  };
  const mill = await join({ name: "Mill", trust: "anyone", lender: test.artist });
  let tower: PoolAgent;

  await step("what is not opted in never comes to the community", async () => {
    const [job] = await pool.generate(1);
    await until("it says why it waits", async () => {
      const view = await pool.json(`/api/jobs/${job}`);
      return view.waiting?.reason === "permission" && /Mill/.test(view.waiting.sentence);
    });
    assert.deepEqual(mill.asked, []);
    await pool.json(`/api/projects/${pool.project.id}`, "PATCH", { trust: "anyone" });
    await pool.takes(1);
    assert.equal(mill.asked.length, 1);
  });

  await step("an honest machine's take is made again by the studio's own, and is the same", async () => {
    await until("it waits", async () => {
      return /waits for another machine/.test((await pool.checks()).items[0]?.sentence ?? "");
    });
    tower = await join({ name: "Tower", trust: "own", lender: test.owner });
    const [check] = await pool.ended(1);
    assert.deepEqual(
      [check!.state, check!.made_by, check!.second],
      ["agreed", "Mill", "Tower"],
      check!.sentence,
    );
    assert.deepEqual(tower.asked, mill.asked, "the same seed");
    const { machines } = await pool.json("/api/checks/mine", "GET", undefined, "artist");
    assert.match(machines[0].reputation.sentence, /1 spot check: 1 agreed\. On probation: 4 more/);
  });

  for (const [cheat, takes] of [["grey", 2], ["other_seed", 1]] as const) {
    await step(`a machine that makes ${cheat} is found by its first check`, async () => {
      const before = (await pool.checks()).items.length;
      for (const each of [mill, tower]) await pool.pause(each, true);
      const fake = await join({ name: `Fake ${cheat}`, trust: "anyone", lender: test.viewer, cheat });
      const have = (await pool.list()).length;
      await pool.generate(takes);
      const made = (await pool.takes(have + takes)).slice(0, takes);
      assert.equal(fake.asked.length, takes);
      for (const each of [mill, tower]) await pool.pause(each, false);
      const ended = (await pool.ended(before + takes)).slice(0, takes);
      for (const check of ended) {
        assert.deepEqual([check.state, check.blamed], ["blamed", fake.name], check.sentence);
        assert.deepEqual([check.second, check.third], ["Tower", "Mill"]);
        const picture = await test.request(check.picture_url!);
        assert.equal(picture.status, 302);
      }
      const listed = await pool.list();
      for (const { id } of made) {
        assert.match(listed.find((take) => take.id === id)!.unverified!.sentence, /Fake/);
      }
      assert.equal(
        listed.filter((take) => take.unverified && !made.some(({ id }) => id === take.id)).length,
        0,
      );
      const agent = await pool.json(`/api/agents/${fake.id}`);
      assert.deepEqual([agent.reputation.score, agent.reputation.disagreed], [0, takes]);
      assert.equal((await pool.json("/api/credits", "GET", undefined, "viewer")).balance, 0, "taken back");
      const [told] = await sql<{ n: number }[]>`
        select count(*)::int as n from notices where agent_id = ${fake.id} and sentence like '%made % wrong%'`;
      assert.equal(told!.n, takes, "operators hear of it");
      await sql`update checks set ended_at = ended_at - interval '2 days' where ended_at is not null`;
      await sql`update lfs_objects set touched_at = touched_at - interval '2 days'`;
      await using _tidying = startTidying(test.studio, { everyMs: 500 });
      await until(
        "a day later the store holds the takes and the pictures of what differed, and nothing else",
        async () => {
          return await pool.leftOver() === 0;
        },
      );
      await pool.keepAll();
      await fake[Symbol.asyncDispose]();
    });
  }

  await t.step(
    "the honest ones were right each time, and earned; the film's own list knows its takes alone",
    async () => {
      const [agent, own] = [
        await pool.json(`/api/agents/${mill.id}`),
        await pool.json(`/api/agents/${tower.id}`),
      ];
      assert.deepEqual([agent.reputation.agreed, agent.reputation.disagreed], [1, 0]);
      assert.equal(own.reputation, undefined);
      const { balance } = await pool.json("/api/credits", "GET", undefined, "artist");
      assert.ok(balance > 0, creditText(balance));
      const jobs = await pool.json(`/api/projects/${pool.project.id}/jobs?limit=100`);
      assert.equal(jobs.items.length, 4);
      const usage = await pool.json("/api/usage");
      assert.equal(usage.total.attempts, 4, "checks cost the film nothing");
      const donors = await pool.json("/api/usage/donors?mine=true", "GET", undefined, "artist");
      assert.deepEqual(donors.rows.map((row: { project: string }) => row.project).toSorted(), [
        "Salt",
        "Spot checks",
      ]);
    },
  );

  await step("an unverified take is made again elsewhere, under its own number", async () => {
    const [last] = await pool.list();
    const again = await pool.json(`/api/projects/${pool.project.id}/takes/${last!.id}/again`, "POST");
    assert.equal(again.jobs[0].title, "A lamp, take 5");
    const [made] = await pool.takes(5);
    assert.equal(made!.name, "STILL_v01_take05");
    const [seed, same] = await Promise.all(
      [made!, last!].map(async ({ id }) =>
        (await pool.json(`/api/projects/${pool.project.id}/takes/${id}`)).sidecar.seed
      ),
    );
    assert.equal(seed, same);
  });

  await step("a film that asks for a reputation gets none of those who lack it", async () => {
    await pool.json(`/api/projects/${pool.project.id}`, "PATCH", { min_reputation: 60 });
    await pool.json(`/api/agents/${tower.id}`, "DELETE");
    const [job] = await pool.generate(1);
    let said = "";
    await until(() => `it says so, and not "${said}"`, async () => {
      const view = await pool.json(`/api/jobs/${job}`);
      said = `${view.state}: ${view.waiting?.sentence} (${view.agent})`;
      return /Mill \(reputation \d+\) could make it, but this film asks/.test(said);
    });
  });
});

async function openPool(test: TestStudio) {
  const project: ProjectRow = await test.makeProject("Salt", { width: 256, height: 144, quality: "low" });
  const json = async (
    path: string,
    method = "GET",
    body?: unknown,
    as: "owner" | "artist" | "viewer" = "owner",
  ) => {
    const answer = await test.request(path, { method, ...(body === undefined ? {} : { json: body }) }, as);
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  await json(`/api/projects/${project.id}/canvas`, "PUT", {
    graph: {
      nodes: [{
        ...{ id: "still", type: "generate_image", title: "A lamp", shot: "STILL", prompt: "A lamp" },
        ...{ runner: "flux-image", position: { x: 0, y: 0 } },
      }],
      edges: [],
    },
  });
  await json("/api/checks/settings", "PUT", { share: 1, probation_share: 1, per_day: 100 });
  const checks = (): Promise<Checks> => json("/api/checks?limit=100");
  const list = async (): Promise<Take[]> => (await json(`/api/projects/${project.id}/takes?limit=100`)).items;
  return {
    project,
    json,
    checks,
    /** Newest first. */
    list,
    generate: async (takes: number): Promise<string[]> =>
      (await json(`/api/projects/${project.id}/jobs`, "POST", { node_id: "still", takes })).jobs.map(
        (job: { id: string }) => job.id,
      ),
    async takes(count: number): Promise<Take[]> {
      await until(`${count} takes`, async () => (await list()).length === count);
      return await list();
    },
    /** That many are over, the newest first. What the clock does every quarter of a minute, this does at once. */
    async ended(count: number): Promise<Check[]> {
      await until(`${count} checks are over`, async () => {
        await test.studio.checks.advanceAll();
        const { items } = await checks();
        return items.length === count && items.every(({ ended_at }) => ended_at !== null);
      });
      return (await checks()).items;
    },
    pause: (agent: PoolAgent, paused: boolean) => json(`/api/agents/${agent.id}`, "PATCH", { paused }),
    async keepAll() {
      for (const { id, unverified } of await list()) {
        if (unverified) await json(`/api/projects/${project.id}/takes/${id}/unverified`, "DELETE");
      }
    },
    /** Objects in the film's store that neither a take nor a check wants. */
    async leftOver(): Promise<number> {
      const [row] = await test.studio.db.sql<{ n: number }[]>`
        select count(*)::int as n from lfs_objects o where project_id = ${project.id}
          and not exists (select 1 from takes t where o.oid in (t.oid, t.poster_oid, t.proxy_oid))
          and not exists (select 1 from check_comparisons k where k.picture_oid = o.oid)`;
      return row!.n;
    },
  };
}

async function until(what: string | (() => string), holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!await holds()) {
    if (performance.now() > deadline) {
      throw new Error(`Not within a minute and a half: ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
