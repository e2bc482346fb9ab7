import assert from "node:assert/strict";
import { join } from "@std/path";
import { composeStudio } from "../../gateway/compose.ts";
import { parseConfig } from "../../gateway/config.ts";
import { openTestScreen } from "../../gateway/events/testing.ts";
import { createLog } from "../../gateway/http/mod.ts";
import { run } from "../backup/run.ts";
import { bucketMissing, startBucket } from "../testing/bucket.ts";
import { onPostgres } from "../../gateway/testing/database.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { deleteStudio, findLeaving, holdingsOf } from "./delete.ts";
import { StudioError } from "./error.ts";
import { exportStudio } from "./export.ts";
import { addStudio, findStudio, halfDeleted, linkToStudio, listStudios } from "./studios.ts";
import { countRows, tenantTables } from "./tables.ts";
import { everythingOf, filesIn, hashOf, liveOf, placesOf } from "./testing.ts";

const noBucket = await bucketMissing();
if (noBucket) console.warn(`Skipped, studios in a bucket: ${noBucket}.`);

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name: `a studio is exported whole and deleted whole, and the one beside it is as before (${kind})`,
    ignore: kind === "S3" && noBucket !== null,
    fn: async (t) => {
      await using opened = new AsyncDisposableStack();
      const env: Record<string, string> = {};
      if (kind === "S3") {
        const bucket = opened.use(await startBucket());
        Deno.env.set("AWS_ACCESS_KEY_ID", bucket.accessKey);
        Deno.env.set("AWS_SECRET_ACCESS_KEY", bucket.secretKey);
        Object.assign(env, { S3_BUCKET: bucket.bucket, S3_ENDPOINT: bucket.endpoint });
      }
      const test = opened.use(await openTestStudio({ env }));
      const base = await test.serve();
      const live = liveOf(test);
      const { sql } = live.db;
      const salt = { id: test.owner.tenant_id, slug: test.owner.tenant_slug };
      const film = await filming(test);
      const other = await test.secondTenant();
      const pepper = { id: other.owner.tenant_id, slug: other.owner.tenant_slug };
      const beside = await other.makeProject("Pepper");
      await test.studio.lfs.store(beside, new TextEncoder().encode("what Pepper has"));
      for (const each of [test, other]) assert.equal((await each.request("/api/library")).status, 200);
      await test.studio.git.settle();
      const before = await everythingOf(live, pepper);
      assert.ok(Object.keys(before).some((key) => key.startsWith(`tenants/${pepper.id}/`)));

      await t.step("the list says what each holds", async () => {
        const studios = await listStudios(sql);
        assert.deepEqual(
          studios.map(({ slug, people, projects, agents }) => [slug, people, projects, agents]),
          [
            [salt.slug, 3, 1, 1],
            [pepper.slug, 1, 1, 0],
          ],
        );
        assert.ok(studios[0]!.held > 0);
        assert.equal(studios[1]!.held, "what Pepper has".length);
      });

      await t.step("the export has every row, a history that can be cloned, and every object", async () => {
        const into = await Deno.makeTempDir({ prefix: "studio-export-" });
        opened.defer(() => Deno.remove(into, { recursive: true }));
        const counts = async () =>
          new Map((await countRows(sql, salt.id)).map(({ table, rows }) => [table, rows]));
        // A gateway that runs notes things by itself, once an attempt has ended.
        const early = await counts();
        const { folder, record, damaged } = await exportStudio(live, await findStudio(sql, salt.slug), into);
        assert.deepEqual(damaged, []);
        const counted = await counts();
        assert.ok(
          counted.get("takes") === 1 && counted.get("usage_events")! > 0 && counted.get("tokens")! > 0,
        );
        for (const { table, rows, sha256 } of record.rows) {
          const text = await Deno.readTextFile(join(folder, "rows", `${table}.jsonl`));
          const lines = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
          assert.equal(lines.length, rows, table);
          assert.ok([early, counted].some((count) => rows === (count.get(table) ?? 0)), table);
          assert.equal(hashOf(text), sha256);
          assert.deepEqual(lines.filter((row) => "tenant_id" in row && row.tenant_id !== salt.id), [], table);
        }
        const clone = join(into, "clone");
        assert.deepEqual(
          record.repositories,
          ["Library", film.project.slug].map((name) => `${salt.slug}/${name}.git`),
        );
        const bundle = record.repositories[1];
        // Media are beside it, under objects/.
        const env = { GIT_LFS_SKIP_SMUDGE: "1" };
        await run("git", ["clone", "--quiet", join(folder, "repositories", `${bundle}.bundle`), clone], {
          env,
        });
        const manifest = JSON.parse(await Deno.readTextFile(join(clone, "project.json")));
        assert.equal(manifest.uuid, film.project.id);
        const list = (await Deno.readTextFile(join(folder, "objects.jsonl"))).trim().split("\n").map((line) =>
          JSON.parse(line)
        );
        assert.equal(list.length, record.objects.count);
        assert.ok(list.some(({ key }) => key.endsWith(`/${film.oid}`)));
        for (const { key, size, sha256 } of list) {
          const bytes = await Deno.readFile(join(folder, "objects", key));
          assert.deepEqual([bytes.length, hashOf(bytes)], [size, sha256]);
        }
        for await (const path of filesIn(folder)) {
          assert.ok(!path.includes(pepper.id) && !path.includes(pepper.slug), path);
        }
      });

      const leaving = await findLeaving(live, salt.slug);
      await t.step("looking changes nothing", async () => {
        // But for what a gateway that runs writes by itself, of its machines and its queue.
        const made = async () =>
          Object.entries(await everythingOf(live, salt)).filter(([name]) =>
            !name.startsWith("rows/") || ["rows/takes", "rows/users", "rows/lfs_objects"].includes(name)
          );
        const mine = await made();
        const { rows, objects, repositories } = await holdingsOf(live, leaving);
        assert.ok(rows.length > 10 && objects > 0 && repositories > 0);
        assert.deepEqual(await made(), mine);
        await assert.rejects(findLeaving(live, "nobody"), StudioError);
      });

      await t.step("killed half-way it is gone for its people, and is done again", async () => {
        await film.submit();
        const lease = await film.agent.lease();
        using screen = openTestScreen(base, film.project.id, {
          authorization: `Bearer ${test.tokens.artist}`,
        });
        await screen.event("state");
        const killed = (at: string) => (part: string) => {
          if (part === at) throw new Error("killed");
        };
        await assert.rejects(deleteStudio(live, leaving, killed("repositories")), /killed/);
        assert.equal((await screen.closed).code, 4401);
        assert.equal((await test.request("/api/projects")).status, 401);
        const late = await film.agent.complete(lease).catch((error: Error) => error);
        assert.ok(late instanceof Error || !late.ok, "its lease is over");
        assert.deepEqual((await halfDeleted(sql)).map(({ slug }) => slug), [salt.slug]);
        await assert.rejects(addStudio(sql, salt.slug), /half deleted/);
        const half = await findLeaving(live, salt.slug);
        assert.equal(half.half, true);
        await assert.rejects(deleteStudio(live, half, killed("objects")), /killed/);
        await deleteStudio(live, await findLeaving(live, salt.slug));
      });

      await t.step("nothing of it is left", async () => {
        assert.deepEqual(await holdingsOf(live, salt), { rows: [], repositories: 0, objects: 0, bytes: 0 });
        assert.equal((await halfDeleted(sql)).length, 0);
        assert.deepEqual(await Array.fromAsync(live.objects.list(`tenants/${salt.id}`)), []);
        assert.deepEqual(await placesOf(live.dataDir, salt.id), []);
        await assert.rejects(Deno.stat(join(live.dataDir, "repositories", salt.slug)), Deno.errors.NotFound);
        await assert.rejects(findLeaving(live, salt.slug), StudioError);
        await goOn(test);
      });

      await t.step("the other is byte for byte as before, and goes on", async () => {
        assert.deepEqual(await everythingOf(live, pepper), before);
        assert.equal((await other.request(`/api/projects/${beside.id}`)).status, 200);
      });
    },
  });
}

Deno.test("a table that comes later goes with its studio, too", async () => {
  await using test = await openTestStudio();
  const { sql } = test.studio.db;
  const { tables, others } = await tenantTables(sql);
  assert.deepEqual(others, ["migrations", "removed_tenants", "settings"], "of no studio; any other?");
  const names = tables.map(({ name }) => name);
  for (const hanging of ["canvas_updates", "canvas_snapshots", "branch_takes", "challenges"]) {
    assert.ok(names.includes(hanging), hanging);
  }
  assert.equal(names.at(-1), "tenants", "what is referred to goes last");
  await sql.unsafe(`
    create table scores (id int primary key, tenant_id uuid not null references tenants, next int references scores);
    create table score_pages (score int not null references scores);
    create table page_notes (tenant_id uuid not null, words text)`);
  const other = await test.secondTenant();
  for (const [index, tenant] of [test.owner.tenant_id, other.owner.tenant_id].entries()) {
    await sql`insert into scores (id, tenant_id, next) values (${index}, ${tenant}, ${index})`;
    await sql`insert into score_pages (score) values (${index})`;
    await sql`insert into page_notes (tenant_id, words) values (${tenant}, 'loud')`;
  }
  const live = liveOf(test);
  await deleteStudio(live, await findLeaving(live, test.owner.tenant_slug));
  for (const name of ["scores", "score_pages", "page_notes"]) {
    const [left] = await sql<{ n: number }[]>`select count(*)::int as n from ${sql(name)}`;
    assert.equal(left!.n, 1, name);
  }
});

Deno.test({
  name: "the command says what it would do, and deletes only what was typed",
  // It has an embedded database of its own, whatever the others run on.
  ignore: onPostgres,
  fn: async () => {
    const data = await Deno.makeTempDir({ prefix: "studio-command-" });
    await using _removed = { [Symbol.asyncDispose]: () => Deno.remove(data, { recursive: true }) };
    const plans = join(data, "plans.json");
    await Deno.writeTextFile(
      plans,
      JSON.stringify({ default: "free", plans: { free: { jobs_at_once: 2 }, house: {} } }),
    );
    const environment = { STUDIO_DATA: data, PLANS_FILE: plans, PUBLIC_URL: "https://films.example" };
    assert.match((await command(environment, ["list"])).text, /There is no studio in/);
    const log = createLog({ level: "error", terminal: false, write: () => {} });
    {
      await using gateway = await composeStudio(parseConfig(environment), log);
      await gateway.auth.firstStart();
      assert.match(
        (await command(environment, ["list"])).text,
        /Another gateway uses/,
        "embedded, one at a time",
      );
    }
    const added = await command(environment, ["add", "Pepper Films"]);
    assert.equal(added.code, 0, added.text);
    assert.match(added.text, /^https:\/\/films\.example\/enter\?token=gms_enter_\S+$/m);
    const strange = await command(environment, ["plan", "pepper-films", "gold"]);
    assert.deepEqual([strange.code, strange.text.trim()], [
      2,
      'There is no plan "gold"; PLANS_FILE has free, house.',
    ]);
    assert.match(
      (await command(environment, ["plan", "pepper-films", "house"])).text,
      /the plan House: no limits\./,
    );
    assert.match((await command(environment, ["delete", "pepper-films"])).text, /Nothing was deleted/);
    const mistyped = await command(environment, ["delete", "pepper-films", "--yes"], "studio\n");
    assert.equal(mistyped.code, 2);
    const list = (await command(environment, ["list"])).text;
    assert.match(list, /^studio +Studio +free \(for all\) +1 +0 +0 +0\.0 MB/m);
    assert.match(list, /^pepper-films +Pepper Films +house +1 /m);
    const gone = await command(environment, ["delete", "pepper-films", "--yes"], "pepper-films\n");
    assert.equal(gone.code, 0, gone.text);
    assert.doesNotMatch((await command(environment, ["list"])).text, /pepper/);
  },
});

Deno.test("a studio is added beside the first, and its owner comes in by the link, once", async () => {
  await using test = await openTestStudio();
  const { sql } = test.studio.db;
  const { slug, token } = await addStudio(sql, "Ada's Films");
  assert.equal(slug, "ada-s-films");
  await assert.rejects(addStudio(sql, "ada s films"), /another name/);
  const came = await test.request(`/enter?token=${token}`, {}, "nobody");
  assert.equal(came.status, 302);
  const cookie = came.headers.get("set-cookie")!.split(";")[0]!;
  const me = await (await test.request("/api/me", { headers: { cookie } }, "nobody")).json();
  assert.equal(me.role, "owner");
  assert.equal((await test.request(`/enter?token=${token}`, {}, "nobody")).status, 410);
  const again = await linkToStudio(sql, await findStudio(sql, slug));
  assert.match(again, /^gms_enter_/);
  assert.equal((await findStudio(sql, slug)).name, "Ada's Films");
});

/** `deno task studio`, with what is typed at it. */
async function command(
  env: Record<string, string>,
  args: string[],
  typed = "",
): Promise<{ code: number; text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(import.meta.dirname!, "main.ts"), ...args],
    env: { ...env, DATABASE_URL: "", S3_BUCKET: "", S3_ENDPOINT: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(typed)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function filming(test: TestStudio) {
  const project = await test.makeProject("Salt");
  const graph = {
    nodes: [{
      ...{ id: "keeper", type: "generate_image", title: "The keeper", position: { x: 0, y: 0 } },
      ...{ shot: "STILL-KEEPER", prompt: "A lighthouse keeper" },
    }],
    edges: [],
  };
  const drawn = await test.request(`/api/projects/${project.id}/canvas`, { method: "PUT", json: { graph } });
  assert.equal(drawn.status, 200, await drawn.text());
  const agent = await test.joinAgent();
  const submit = async () => {
    const made = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "keeper" },
    });
    assert.equal(made.status, 202, await made.text());
  };
  await submit();
  const done = await agent.complete(await agent.lease());
  assert.ok(done.ok, await done.text());
  await test.studio.git.settle();
  const [take] = await test.studio.db.sql<
    { oid: string }[]
  >`select oid from takes where project_id = ${project.id}`;
  return { project, agent, submit, oid: take!.oid };
}

/** The gateway that served it is told nothing and has nothing against it: what it still knew wrote nothing back. */
async function goOn(test: TestStudio): Promise<void> {
  await test.studio.jobs.sweep();
  await test.studio.git.settle();
  const [row] = await test.studio.db.sql<{ n: number }[]>`
    select count(*)::int as n from tenants where id = ${test.owner.tenant_id}`;
  assert.equal(row!.n, 0);
}
