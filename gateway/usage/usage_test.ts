import assert from "node:assert/strict";
import { addTaker, deliver, leaseOf, openJobStudio, queue } from "../jobs/testing.ts";
import { usageCsv } from "./report.ts";

Deno.test("what was used", async (t) => {
  await using studio = await openJobStudio();
  const { jobs, db } = studio.studio;
  const project = await studio.makeProject();
  const tower = await addTaker(studio, { agent_name: "Tower" });
  const usage = async (query = "") => await (await studio.request(`/api/usage${query}`)).json();
  const start = async () => {
    await queue(studio, project, {});
    return (await jobs.take(tower))!;
  };

  await t.step("is nothing before anything was made", async () => {
    const { rows, total } = await usage();
    assert.deepEqual(rows, []);
    assert.deepEqual(total, { attempts: 0, gpu_seconds: 0, cpu_seconds: 0, storage_bytes: 0 });
  });

  await t.step("counts a finished attempt once, however often it is reported", async () => {
    const job = await start();
    await db.sql`update jobs set started_at = now() - interval '100 seconds' where id = ${job.id}`;
    await deliver(studio, job);
    await deliver(studio, job);
    const { rows, total } = await usage("?by=agent");
    assert.equal(rows.length, 1);
    assert.equal(rows[0].id, tower.agent_id);
    assert.equal(total.attempts, 1);
    assert.ok(total.storage_bytes > 0);
    const ledger = await db.sql`select kind from usage_events where job_id = ${job.id} order by kind`;
    assert.deepEqual(ledger.map((row) => row.kind), ["gpu_seconds", "storage_bytes"]);
  });

  await t.step(
    "counts a failed attempt by the time since its grant, and the next one by itself",
    async () => {
      const before = (await usage()).total;
      const job = await start();
      await db.sql`update jobs set started_at = now() - interval '100 seconds' where id = ${job.id}`;
      await jobs.fail(tower.agent_id, leaseOf(job), { class: "transient", message: "It did not work" });
      const { total } = await usage();
      assert.equal(total.attempts, before.attempts + 1);
      assert.ok(total.gpu_seconds >= before.gpu_seconds + 100);
      assert.equal(total.storage_bytes, before.storage_bytes);
      await db.sql`update jobs set run_after = now() where id = ${job.id}`;
      await jobs.sweep();
      const again = (await jobs.take(tower))!;
      assert.equal(again.id, job.id);
      await deliver(studio, again);
      assert.equal((await usage()).total.attempts, before.attempts + 2);
    },
  );

  await t.step("nobody is credited more seconds than passed", async () => {
    const before = (await usage()).total.gpu_seconds;
    const job = await start();
    await db.sql`update jobs set started_at = now() where id = ${job.id}`;
    // The report says two seconds or more; the grant is younger than a minute in any case.
    await deliver(studio, job);
    const [row] = await db.sql<{ amount: number; passed: number }[]>`
      select u.amount, extract(epoch from clock_timestamp() - j.started_at)::float8 as passed
      from usage_events u join jobs j on j.id = u.job_id where j.id = ${job.id} and u.kind = 'gpu_seconds'`;
    assert.ok(row!.amount <= row!.passed);
    assert.ok((await usage()).total.gpu_seconds >= before);
  });

  await t.step("sums to the same total by project, agent and tier, and by days", async () => {
    const totals = [];
    for (const by of ["project", "agent", "tier"]) totals.push((await usage(`?by=${by}`)).total);
    for (const total of totals) {
      assert.equal(total.attempts, totals[0].attempts);
      assert.ok(Math.abs(total.gpu_seconds - totals[0].gpu_seconds) < 1e-6);
    }
    assert.equal((await usage("?from=2100-01-01")).rows.length, 0);
    assert.equal((await usage("?to=2000-01-01")).rows.length, 0);
    assert.equal((await usage("?from=2000-01-01&to=2100-01-01")).total.attempts, totals[0].attempts);
    assert.equal((await studio.request("/api/usage?from=yesterday")).status, 400);
    assert.equal((await studio.request("/api/usage?by=colour")).status, 400);
  });

  await t.step(
    "says who gave what, on which card, for which film, and to whoever lends what their own machines did",
    async () => {
      const lent = await addTaker(studio, { agent_name: "Lent" });
      await db.sql`
      update agents set lent_by = 'Grace', owner_id = ${studio.artist.user_id} where id = ${lent.agent_id}`;
      await queue(studio, project, {});
      const job = (await jobs.take(lent))!;
      await db.sql`update jobs set started_at = now() - interval '100 seconds' where id = ${job.id}`;
      await deliver(studio, job);
      const donors = async (query = "", as?: "artist") =>
        (await (await studio.request(`/api/usage/donors${query}`, {}, as)).json()).rows;
      const [mine, ...others] = await donors("?mine=true", "artist");
      assert.deepEqual(others, []);
      assert.deepEqual([mine.lent_by, mine.card, mine.tier, mine.project, mine.attempts], [
        "Grace",
        "Test card",
        "standard",
        project.title,
        1,
      ]);
      assert.equal(mine.gpu_seconds, 2);
      assert.deepEqual(await donors("?mine=true"), [], "the owner lends none");
      assert.ok((await donors()).some((row: { lent_by: string | null }) => row.lent_by === null));
      const other = await studio.secondTenant();
      assert.deepEqual((await (await other.request("/api/usage/donors")).json()).rows, []);
    },
  );

  await t.step("comes as a table, and is of one studio only", async () => {
    const csv = await studio.request("/api/usage.csv?by=project");
    assert.match(csv.headers.get("content-type")!, /text\/csv/);
    const [head, line] = (await csv.text()).split("\r\n");
    assert.equal(head, "project,attempts,gpu_seconds,cpu_seconds,storage_bytes");
    assert.match(line!, /^The Lighthouse Keeper,5,/);
    const other = await studio.secondTenant();
    assert.deepEqual((await (await other.request("/api/usage")).json()).rows, []);
  });
});

Deno.test("a name is a cell and never a formula", () => {
  const row = { id: null, attempts: 1, gpu_seconds: 1, cpu_seconds: 0, storage_bytes: 2 };
  const usage = { by: "project" as const, from: null, to: null, total: row };
  const names = ['Salt, "Iron"', "=1+1"];
  const csv = usageCsv({ ...usage, rows: names.map((name) => ({ ...row, name })) });
  assert.deepEqual(csv.split("\r\n").slice(1, 3), [
    '"Salt, ""Iron""",1,1.000,0.000,2',
    "'=1+1,1,1.000,0.000,2",
  ]);
});
