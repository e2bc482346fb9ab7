import assert from "node:assert/strict";
import { join } from "@std/path";
import { png } from "../assets/testing.ts";
import { ConfigError } from "../config.ts";
import { addTaker, deliver, draw, openJobStudio, queue } from "../jobs/testing.ts";
import { infoLfs } from "../lfs/testing.ts";
import type { TestStudio } from "../testing/studio.ts";
import { limitsText, parsePlans, planNamed, readPlans } from "./mod.ts";

const PLANS = {
  default: "house",
  more: "Write to films@example.org for a larger plan.",
  plans: {
    house: {},
    free: { highest_tier: "standard", jobs_at_once: 2 },
    tight: { title: "Tight box", storage_bytes: 4000 },
  },
};

Deno.test("plans are the operator's file, and without one there is a plan that limits nothing", async () => {
  const none = await readPlans(null);
  assert.equal(limitsText(planNamed(none, null)!), "no limits");
  const plans = parsePlans(PLANS);
  assert.equal(limitsText(planNamed(plans, "free")!), "up to Standard, 2 jobs at once");
  assert.equal(planNamed(plans, "tight")!.title, "Tight box");
  assert.equal(planNamed(plans, "gone"), null);
  assert.throws(() => parsePlans({ ...PLANS, default: "gone" }), ConfigError);
  assert.throws(() => parsePlans({ default: "a", plans: { a: { jobs_at_once: 0 } } }), /jobs_at_once/);
  assert.throws(() => parsePlans({ default: "a", plans: { a: { storage: 1 } } }), ConfigError);
  await assert.rejects(readPlans("/there/is/none.json"), /PLANS_FILE/);
});

Deno.test("a studio makes what its plan allows", async (t) => {
  await using test = await openPlanned();
  const { jobs, db } = test.studio;
  const project = await test.makeProject();
  await draw(test, project, [{ id: "still", type: "generate_image" }]);
  const tower = await addTaker(test, { agent_name: "Tower" });
  const submit = async (body: object = {}) => {
    const answer = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", ...body },
    });
    return { status: answer.status, ...await answer.json() };
  };

  await t.step("without limits it is asked nothing", async () => {
    const { jobs: [job] } = await submit({ tier: "high" });
    assert.deepEqual([job.tier, job.fallback], ["high", null]);
    await jobs.cancel(project, job.id, "Test");
    const standing = await (await test.request("/api/usage/plan")).json();
    assert.deepEqual(standing.plan, { name: "house", title: "House" });
    assert.deepEqual([standing.highest_tier, standing.jobs.limit, standing.storage.limit], [
      null,
      null,
      null,
    ]);
  });

  await put(test, "free");
  await t.step("a higher quality falls to the plan's, and says so on the job", async () => {
    const { jobs: [job] } = await submit({ tier: "high" });
    assert.equal(job.tier_requested, "high");
    assert.equal(job.tier, "standard");
    assert.equal(
      job.fallback,
      "High asked, made at Standard: your studio's plan (Free) goes up to Standard.",
    );
    await jobs.cancel(project, job.id, "Test");
    const { jobs: [low] } = await submit({ tier: "low" });
    assert.deepEqual([low.tier, low.fallback], ["low", null]);
    await jobs.cancel(project, low.id, "Test");
  });

  await t.step("or is refused, where the film would rather wait than have less", async () => {
    await db.sql`update projects set fallback = 'wait' where id = ${project.id}`;
    const refused = await submit({ tier: "high" });
    assert.deepEqual([refused.status, refused.code], [422, "over_plan"]);
    assert.match(refused.detail, /plan \(Free\) goes up to Standard: ask for Standard.*films@example\.org/);
    await db.sql`update projects set fallback = 'lower' where id = ${project.id}`;
  });

  await t.step("two jobs run at once, however many ask together; the third says why it waits", async () => {
    const made = await queue(test, project, { count: 6 });
    const cards = [
      tower,
      ...await Promise.all(["A", "B", "C", "D"].map((name) => addTaker(test, { agent_name: name }))),
    ];
    const taken = (await Promise.all(cards.map((card) => jobs.take(card)))).filter((job) => job !== null);
    assert.equal(taken.length, 2);
    const [waits] = await jobs.view([made.find(({ id }) => !taken.some((job) => job.id === id))!]);
    assert.equal(waits!.waiting?.reason, "plan");
    assert.match(waits!.waiting!.sentence, /^Your studio's plan \(Free\) runs 2 jobs at once; it comes when/);
    const idle = await jobs.idleReasons(cards[0]!);
    assert.match(idle.sentence, /4 wait by the studio's plan/);
    const standing = await (await test.request("/api/usage/plan")).json();
    assert.deepEqual(standing.jobs, { limit: 2, running: 2, waiting: 4 });

    // A poll that waits is woken when one of the two is done.
    const idleCard = cards.find((card) => !taken.some((job) => job.lease_agent === card.agent_id))!;
    const waiting = jobs.poll(idleCard, 25, new AbortController().signal);
    await deliver(test, taken[0]!);
    const third = await waiting;
    assert.ok(third, "the next one began");
    assert.equal(await jobs.take(cards[1]!), null);
    for (const job of [taken[1]!, third]) await deliver(test, job);
    for (const { id } of made) await jobs.cancel(project, id, "Test").catch(() => {});
  });

  await t.step("a plan that the file does not know is the default one, and the log says it", async () => {
    await put(test, "gone");
    const standing = await (await test.request("/api/usage/plan")).json();
    assert.equal(standing.plan.name, "house");
    assert.ok(test.lines.some((line) => line.includes("PLANS_FILE does not know")));
  });
});

Deno.test("storage that is used up takes no more from people, and every finished take", async (t) => {
  await using test = await openPlanned();
  const { jobs, lfs } = test.studio;
  const project = await test.makeProject();
  await draw(test, project, [{ id: "still", type: "generate_image" }]);
  const agent = await test.joinAgent();
  await put(test, "tight");
  const batch = async (size: number, seed: number) => {
    const answer = await test.request(`${infoLfs(project)}/objects/batch`, {
      method: "POST",
      headers: { accept: "application/vnd.git-lfs+json" },
      json: { operation: "upload", objects: [{ oid: String(seed).repeat(64).slice(0, 64), size }] },
    });
    return (await answer.json()).objects[0];
  };

  await t.step("what fits is granted, and what does not is refused by itself", async () => {
    await lfs.store(project, png(40, 40));
    assert.ok((await batch(1000, 1)).actions.upload);
    const { error } = await batch(5000, 2);
    assert.equal(error.code, 507);
    assert.match(
      error.message,
      /of the 0\.0 MB of its plan \(Tight box\), and this would add 0\.0 MB\. Write to/,
    );
  });

  await test.request(`/api/projects/${project.id}/jobs`, { method: "POST", json: { node_id: "still" } });
  await t.step("used up, people upload nothing and ask for nothing more", async () => {
    await lfs.store(project, new Uint8Array(4000));
    assert.equal((await batch(1, 3)).error.code, 507);
    const refused = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "still" },
    });
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).detail, /used up, so nothing new is made or uploaded/);
    const twin = await test.request(`/api/projects/${project.id}/duplicates`, {
      method: "POST",
      json: { title: "Twin" },
    });
    assert.equal((await twin.json()).code, "over_plan");
    assert.equal(
      (await test.studio.projects.list(project.tenant_id, { limit: 10, archived: false })).items.length,
      1,
    );
  });

  await t.step("what was asked before is made, uploaded and kept", async () => {
    const lease = await agent.lease();
    const done = await agent.complete(lease);
    assert.ok(done.ok, await done.text());
    const [row] = await test.studio.db.sql<{ n: number }[]>`select count(*)::int as n from takes`;
    assert.equal(row!.n, 1);
    await jobs.sweep();
  });

  await t.step("another studio is not held to it", async () => {
    const other = await test.secondTenant();
    const standing = await (await other.request("/api/usage/plan")).json();
    assert.deepEqual([standing.plan.name, standing.storage], ["house", { limit: null, used: 0 }]);
    assert.ok((await (await test.request("/api/usage/plan")).json()).storage.used > 4000);
  });
});

async function openPlanned(): Promise<TestStudio> {
  const folder = await Deno.makeTempDir({ prefix: "studio-plans-" });
  const path = join(folder, "plans.json");
  await Deno.writeTextFile(path, JSON.stringify(PLANS));
  try {
    // Read once, at the start.
    return await openJobStudio({ PLANS_FILE: path });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function put({ studio, owner }: TestStudio, plan: string): Promise<void> {
  await studio.db.sql`update tenants set plan = ${plan} where id = ${owner.tenant_id}`;
}
