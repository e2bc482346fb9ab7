import assert from "node:assert/strict";
import { join } from "@std/path";
import postgres from "postgres";
import { createApp } from "../../gateway/app.ts";
import { composeStudio } from "../../gateway/compose.ts";
import { parseConfig } from "../../gateway/config.ts";
import { createLog } from "../../gateway/http/mod.ts";
import { lfsKey, openObjectStore } from "../../gateway/objects/mod.ts";
import type { Studio } from "../../gateway/studio.ts";
import { onPostgres } from "../../gateway/testing/database.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { bucketMissing, startBucket } from "../testing/bucket.ts";
import { placeOf, setStore } from "../studio/store.ts";
import { findStudio } from "../studio/studios.ts";
import { backup, type Live } from "./backup.ts";
import type { Source } from "./database.ts";
import { BackupError } from "./record.ts";
import { restore } from "./restore.ts";

const GRAPH = {
  nodes: [{
    ...{ id: "keeper", type: "generate_image", title: "The keeper", position: { x: 0, y: 0 } },
    ...{ shot: "STILL-KEEPER", prompt: "A lighthouse keeper, oil lamp" },
  }],
  edges: [],
};

Deno.test(
  `a studio that was saved while it worked is whole again on an empty machine (${
    onPostgres ? "PostgreSQL" : "embedded"
  })`,
  async (t) => {
    await using scratch = await folder();
    await using studio = await openTestStudio();
    const film = await filming(studio);
    await film.take();
    await studio.studio.git.settle();
    const { data, backups } = scratch;

    // A take is made and committed between the parts: the worst moment for each.
    const made: string[] = [];
    const saved = await backup(liveOf(studio), backups, async (part) => {
      await film.take();
      if (part === "database") await studio.studio.git.settle();
      made.push(part);
    });
    assert.deepEqual(made, ["repositories", "database", "objects"]);
    assert.ok(saved.record.objects.count >= 3);

    const url = await emptyDatabase();
    await using _database = url;
    const config = parseConfig({
      STUDIO_DATA: data,
      PUBLIC_URL: "http://studio.test",
      ...url.href && { DATABASE_URL: url.href },
    });
    const target = { ...config, config, objects: await openObjectStore({ config } as Studio) };

    await t.step("nothing that is there is overwritten", async () => {
      await Deno.mkdir(join(data, "repositories", "somebody"), { recursive: true });
      await assert.rejects(restore(saved.folder, target), BackupError);
      await Deno.remove(join(data, "repositories"), { recursive: true });
      await assert.rejects(restore(backups, target), /no whole backup/);
    });

    await t.step("everything the backup lists is there", async () => {
      const { missing, record } = await restore(saved.folder, target);
      assert.deepEqual(missing, []);
      assert.deepEqual(record.repositories, [`${studio.owner.tenant_slug}/${film.project.slug}.git`]);
      await assert.rejects(restore(saved.folder, target), BackupError, "twice is refused");
    });

    await using again = await composeStudio(
      config,
      createLog({ level: "error", terminal: false, write: () => {} }),
    );
    await t.step("Git tells every take that the database knows, and its bytes are there", async () => {
      await again.git.settle();
      const takes = await again.db.sql<{ path: string; name: string; oid: string; size: number }[]>`
      select path, name, oid, size from takes order by take`;
      // The one made before the objects were saved came after the database was.
      assert.deepEqual(takes.map(({ name }) => name.slice(-2)), ["01", "02", "03"]);
      for (const take of takes) {
        const pointer = await again.git.readFile(film.project, take.path);
        assert.ok(pointer, `${take.name} is not in Git`);
        assert.match(new TextDecoder().decode(pointer), new RegExp(take.oid));
        const { tenant_id, id } = film.project;
        const object = await again.objects.get(lfsKey(tenant_id, id, take.oid));
        assert.ok(object, `the bytes of ${take.name} are not in the store`);
        const bytes = await new Response(object.stream as ReadableStream<Uint8Array<ArrayBuffer>>)
          .arrayBuffer();
        assert.equal(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex(), take.oid);
      }
    });

    await t.step("people keep their tokens, and the film goes on with the next take", async () => {
      const response = await createApp(again).request(`/api/projects/${film.project.id}/jobs`, {
        method: "POST",
        headers: { authorization: `Bearer ${studio.tokens.artist}`, "content-type": "application/json" },
        body: JSON.stringify({ node_id: "keeper" }),
      });
      const text = await response.text();
      assert.equal(response.status, 202, text);
      assert.equal(JSON.parse(text).jobs[0].take.name, "STILL-KEEPER_v01_take04");
    });
  },
);

const noBucket = await bucketMissing();
if (noBucket) console.warn(`Skipped, a backup beside a bucket: ${noBucket}.`);

Deno.test({
  name: "objects in a bucket stay there; the restore names those that are gone from it",
  ignore: noBucket !== null,
  fn: async () => {
    await using scratch = await folder();
    await using bucket = await startBucket();
    Deno.env.set("AWS_ACCESS_KEY_ID", bucket.accessKey);
    Deno.env.set("AWS_SECRET_ACCESS_KEY", bucket.secretKey);
    const env = { S3_BUCKET: bucket.bucket, S3_ENDPOINT: bucket.endpoint };
    await using studio = await openTestStudio({ env });
    await (await filming(studio)).take();
    const { objects } = studio.studio;
    const { folder: saved, record } = await backup(liveOf(studio), scratch.backups);
    assert.equal(record.objects.kept, "bucket");
    assert.ok(record.objects.count >= 1);

    const [first] = await Array.fromAsync(objects.list("tenants/"));
    await objects.delete(first!.key);
    await using url = await emptyDatabase();
    const { missing } = await restore(saved, {
      ...{ databaseUrl: url.href, dataDir: scratch.data, objects: objects.own },
      config: studio.studio.config,
    });
    assert.deepEqual(missing, [{ key: first!.key, size: first!.size }]);
  },
});

Deno.test({
  name: "a studio's own bucket is found again by the restored one, beside the files of the others",
  ignore: noBucket !== null || Deno.env.has("TEST_S3_ENDPOINT"),
  fn: async () => {
    await using scratch = await folder();
    await using bucket = await startBucket({ accessKey: "salt", secretKey: "salt-secret" });
    const keys = { STORE_SALT_ACCESS_KEY_ID: "salt", STORE_SALT_SECRET_ACCESS_KEY: "salt-secret" };
    await using studio = await openTestStudio({ env: keys });
    const project = await studio.makeProject("Salt");
    const other = await (await studio.secondTenant()).makeProject("Pepper");
    const text = (words: string) => new TextEncoder().encode(words);
    const mine = await studio.studio.lfs.store(project, text("in a bucket of its own"));
    const theirs = await studio.studio.lfs.store(other, text("in a file"));
    const place = placeOf(`s3://${bucket.bucket}/salt`, { endpoint: bucket.endpoint, keys: "env:salt" });
    const { db, objects, config: was } = studio.studio;
    const live = { db, objects, dataDir: was.dataDir };
    await setStore(live, await findStudio(db.sql, studio.owner.tenant_slug), place);
    const saved = await backup(liveOf(studio), scratch.backups);
    assert.deepEqual([saved.record.objects.kept, saved.record.objects.count], ["here", 2]);

    const restoreWith = async (data: string, env: Record<string, string>) => {
      const url = await emptyDatabase();
      const config = parseConfig({
        ...{ STUDIO_DATA: data, PUBLIC_URL: "http://studio.test", ...env },
        ...url.href && { DATABASE_URL: url.href },
      });
      const store = await openObjectStore({ config } as Studio);
      return { url, config, done: restore(saved.folder, { ...config, config, objects: store }) };
    };
    const blind = await restoreWith(`${scratch.data}-blind`, {});
    await assert.rejects(blind.done, /All is restored, .* STORE_SALT_ACCESS_KEY_ID/);
    await blind.url[Symbol.asyncDispose]();
    const { url, config, done } = await restoreWith(scratch.data, keys);
    await using _database = url;
    assert.deepEqual((await done).missing, []);
    const log = createLog({ level: "error", terminal: false, write: () => {} });
    await using again = await composeStudio(config, log);
    for (const [of, { oid }] of [[project, mine], [other, theirs]] as const) {
      const stream = await again.lfs.read(of, oid);
      assert.ok(stream);
      assert.match(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text(), /^in a /);
    }
    assert.equal(await again.objects.own.head(lfsKey(project.tenant_id, project.id, mine.oid)), null);
  },
});

async function filming(studio: TestStudio) {
  const project = await studio.makeProject("The Lighthouse Keeper");
  const canvas = await studio.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph: GRAPH },
  });
  assert.equal(canvas.status, 200, await canvas.text());
  const agent = await studio.joinAgent();
  return {
    project,
    async take() {
      const submitted = await studio.request(`/api/projects/${project.id}/jobs`, {
        method: "POST",
        json: { node_id: "keeper" },
      });
      assert.equal(submitted.status, 202, await submitted.text());
      const completed = await agent.complete(await agent.lease());
      assert.ok(completed.ok, await completed.text());
    },
  };
}

function liveOf({ studio, databaseUrl }: TestStudio): Live {
  return { db: studio.db as Source, databaseUrl, dataDir: studio.config.dataDir, objects: studio.objects };
}

async function folder(): Promise<AsyncDisposable & { data: string; backups: string }> {
  const root = await Deno.makeTempDir({ prefix: "studio-drill-" });
  return {
    data: join(root, "data"),
    backups: join(root, "backups"),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** A database for the restored studio; `href` null where it is embedded. */
async function emptyDatabase(): Promise<AsyncDisposable & { href: string | null }> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  if (!server) return { href: null, async [Symbol.asyncDispose]() {} };
  const name = `test_restore_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = postgres(server, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    href: url.href,
    async [Symbol.asyncDispose]() {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
