import assert from "node:assert/strict";
import { join } from "@std/path";
import postgres from "postgres";
import type { z } from "zod";
import { type Canvas, enter, type JobView, type Project } from "../demo/client.ts";
import { assertAgreement } from "../system/agree.ts";
import { until } from "../system/farm.ts";
import { GATEWAY, joinAgent, openProcess } from "../system/processes.ts";
import { freePort } from "../testing/free_port.ts";
import { startPostgres } from "../testing/postgres.ts";
import { checkOutBefore } from "./before.ts";

const before = await checkOutBefore();
if (typeof before === "string") console.warn(`Skipped, an upgrade gateway by gateway: ${before}.`);

Deno.test({
  name:
    "a gateway of the release before goes on beside the new one, on the new schema, until it is replaced, and takes its place again when that is rolled back",
  ignore: typeof before === "string",
}, async (t) => {
  if (typeof before === "string") return;
  await using opened = new AsyncDisposableStack();
  opened.use(before);
  const server = opened.use(await startPostgres());
  const folder = await Deno.makeTempDir({ prefix: "studio-upgrade-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const dataDir = join(folder, "studio");
  const ports = [freePort(), freePort()];
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const run = (nth: number, root?: string): Runner => {
    const env = {
      DATABASE_URL: server.url,
      STUDIO_DATA: dataDir,
      PORT: String(ports[nth]),
      PUBLIC_URL: urls[1]!,
      LOG_LEVEL: "warn",
      ...{ LEASE_SECONDS: "6", HEARTBEAT_SECONDS: "1", POLL_SECONDS: "3" },
    };
    const gateway = openProcess(GATEWAY, env, root);
    opened.defer(() => gateway.kill("SIGKILL"));
    return {
      ...gateway,
      url: urls[nth]!,
      async ready() {
        gateway.start();
        await until(
          "a gateway to be ready",
          async () => {
            const answer = await fetch(`${urls[nth]}/readyz`).catch(() => null);
            await answer?.body?.cancel();
            return answer?.ok ?? false;
          },
          gateway.output,
          60,
        );
      },
    };
  };
  const older = run(0, before.root), newer = run(1), rolledBack = run(1, before.root);

  await older.ready();
  const link = await until("the owner's link", () => /\/enter\?token=\S+/.exec(older.output())?.[0] ?? false);
  const old = opened.use(await enter(older.url + link));
  const project = await old.call<Project>("POST", "/projects", { title: "Salt", width: 320, height: 180 });
  const note = (id: string) => ({
    operations: [{
      op: "add_node",
      node: { id, type: "note", title: id, position: { x: 0, y: 0 }, text: "" },
    }],
  });
  const shot = {
    ...{ id: "shot", type: "shot", title: "Shot", shot: "SHOT-010", runner: "animatic", duration: 12 },
    ...{ position: { x: 0, y: 0 }, prompt: "Rain" },
  };
  await old.call("PUT", `/projects/${project.id}/canvas`, { graph: { nodes: [shot], edges: [] } });

  await newer.ready();
  const link2 = await old.call<{ url: string }>("POST", "/auth/links", { name: "Ada", role: "owner" });
  const young = opened.use(await enter(newer.url + new URL(link2.url).pathname + new URL(link2.url).search));
  const { code } = await old.call<{ code: string }>("POST", "/agents/join-codes", {});
  const agent = await joinAgent({
    ...{ gateway: newer.url, storeOrigins: urls, code, name: "attic", folder: join(folder, "attic") },
  });
  opened.defer(() => agent.kill("SIGKILL"));
  agent.start();
  const made = (from: typeof old) =>
    until(
      "every take",
      async () => {
        const { items } = await from.call<{ items: JobView[] }>(
          "GET",
          `/projects/${project.id}/jobs?limit=200`,
        );
        return items.every((job) => job.state === "succeeded") && items;
      },
      () => older.output() + newer.output(),
      60,
    );

  /** Nodes that must be there. */
  const drawn = ["n0", "n1", "shot"];
  await t.step("both change the canvas and make takes, each sees what the other did", async () => {
    for (const [nth, session] of [old, young].entries()) {
      await session.call("PATCH", `/projects/${project.id}/canvas`, note(`n${nth}`));
      await session.call("POST", `/projects/${project.id}/jobs`, { node_id: "shot" });
    }
    const [here, there] = await Promise.all(
      [old, young].map((session) =>
        session.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`)
      ),
    );
    assert.deepEqual(here!.graph, there!.graph);
    assert.equal(here!.graph.nodes.length, 3);
    assert.equal((await made(old)).length, 2);
  });

  await t.step("the old one may be started again, if the release knows that", async () => {
    await older.kill("SIGKILL");
    // Releases of before this rule refuse a schema that they do not know whole.
    if (!await knowsToGoOn(before.root, server.url)) return;
    await older.ready();
    await old.call("POST", `/projects/${project.id}/jobs`, { node_id: "shot" });
    await made(old);
    await older.kill("SIGTERM");
  });

  await t.step(
    "rolled back: the old one alone, in the new one's place, goes on with what both made",
    async () => {
      await older.kill("SIGKILL");
      await newer.kill("SIGTERM");
      if (!await knowsToGoOn(before.root, server.url)) return await refusesToStart(rolledBack);
      const schema = await migrationsOf(server.url);
      await rolledBack.ready();
      assert.deepEqual(await migrationsOf(server.url), schema, "it takes nothing away from the schema");
      const { graph } = await young.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`);
      assert.deepEqual(graph.nodes.map((node) => node.id).sort(), drawn);
      await young.call("PATCH", `/projects/${project.id}/canvas`, note("n2"));
      drawn.splice(2, 0, "n2");
      await young.call("POST", `/projects/${project.id}/jobs`, { node_id: "shot" });
      // By the agent of the new release, which nobody rolled back.
      const jobs = await made(young);
      assert.equal((await assertAgreement(young, project, dataDir)).length, jobs.length);
      await rolledBack.kill("SIGTERM");
    },
  );

  await t.step("the new one comes again, goes on alone, and nothing is lost", async () => {
    await newer.ready();
    await young.call("POST", `/projects/${project.id}/jobs`, { node_id: "shot" });
    const jobs = await made(young);
    const takes = await assertAgreement(young, project, dataDir);
    assert.deepEqual(takes.map((take) => take.job_id).sort(), jobs.map((job) => job.id).sort());
    const { graph } = await young.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`);
    assert.deepEqual(graph.nodes.map((node) => node.id).sort(), drawn);
  });

  await t.step(
    "one that asks for what a contracting migration took away does not start, and says so",
    async () => {
      const sql = postgres(server.url, { max: 1 });
      await sql`insert into migrations (name, contracts) values ('9999_takes_away.sql', true)`;
      await sql.end();
      await refusesToStart(older);
    },
  );
});

async function refusesToStart(gateway: Runner): Promise<void> {
  gateway.start();
  assert.notEqual(await gateway.ended(), 0);
  assert.match(gateway.output(), /from a newer studio; run that version/);
}

interface Runner {
  url: string;
  start(): void;
  ended(): Promise<number>;
  ready(): Promise<void>;
  kill(signal: Deno.Signal): Promise<void>;
  output(): string;
}

/** Names of those that the database has had. */
async function migrationsOf(databaseUrl: string): Promise<string[]> {
  const sql = postgres(databaseUrl, { max: 1 });
  const rows = await sql<{ name: string }[]>`select name from migrations order by name`;
  await sql.end();
  return rows.map((row) => row.name);
}

/** The rule came with the column; and nothing newer than it takes something away. */
async function knowsToGoOn(root: string, databaseUrl: string): Promise<boolean> {
  const migrate = await Deno.readTextFile(join(root, "gateway", "db", "migrate.ts"));
  if (!migrate.includes("contracts")) return false;
  const own = [...Deno.readDirSync(join(root, "gateway", "db", "migrations"))].map(({ name }) => name);
  const sql = postgres(databaseUrl, { max: 1 });
  const rows = await sql`select from migrations where contracts and not name = any(${own})`;
  await sql.end();
  return rows.length === 0;
}
