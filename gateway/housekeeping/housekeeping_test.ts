import assert from "node:assert/strict";
import { join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { bundleOf, repositoryFromBundle } from "../git/mod.ts";
import { share } from "../git/sharing.ts";
import { mustGit } from "../git/testing.ts";
import { follow, lfs, openLfsStory, plain, pointerOf } from "../lfs/testing.ts";
import { lfsKey, libraryKey } from "../objects/mod.ts";
import { s3Skipped } from "../objects/testing.ts";
import { makeTake } from "../takes/testing.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { picture, publish, publishNext, putCanvas, use } from "../library/testing.ts";
import { inWords } from "./mod.ts";
import { aMonthPasses, isStored, keep, text } from "./testing.ts";

const noS3 = await s3Skipped();

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name: `what nothing refers to goes after its time, what anything refers to stays, objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    async fn() {
      await using story = await openLfsStory(kind);
      const { test, project } = story;
      const { studio } = test;
      const kept = new Map<string, string>();
      const take = await makeTake(test, project, {}, {
        poster: await studio.lfs.store(project, text("a poster")),
      } as never);
      kept.set("a take", take.oid).set("its poster", take.poster_oid!);
      const picture = await upload(test, project, png(4, 4));
      await fileAsset(test, project, { folder: "Images", name: "a.png", ...picture });
      kept.set("an asset", picture.oid);
      const commit = async (name: string, branch = "main") => {
        const pointer = await studio.lfs.store(project, text(name));
        const changes = [{
          path: `01_Assets/Video/${name.replaceAll(" ", "-")}.mp4`,
          content: writePointer(pointer),
        }];
        await studio.git.commit(project, { message: name, author: "Ada", changes, branch });
        return pointer;
      };
      await studio.git.settle(project.id);
      await mustGit(studio.git.path(project), ["branch", "noir", "main"]);
      kept.set("a file", (await commit("a file")).oid);
      kept.set("a file of a branch", (await commit("a file of a branch", "noir")).oid);
      const gone = await commit("a file that was removed");
      await studio.git.commit(project, {
        message: "Remove it",
        author: "Ada",
        changes: [{ path: "01_Assets/Video/a-file-that-was-removed.mp4", content: null }],
      });
      kept.set("a file of history", gone.oid);
      const drawn = await studio.lfs.store(project, text("drawn on the canvas"));
      await studio.canvas.put(project, {
        nodes: [{
          ...{
            id: "a",
            type: "asset",
            title: "A",
            position: { x: 0, y: 0 },
            kind: "character",
            description: "",
          },
          images: [{ path: "01_Assets/Images/x.png", ...drawn }],
        }],
        edges: [],
      } as never, { by: "Ada" });
      kept.set("a picture of a node", drawn.oid);
      const nobodys = await studio.lfs.store(project, text("nobody's"));
      const announced = pointerOf("announced and never sent");
      await lfs(story, "objects/batch", { operation: "upload", objects: [plain(announced)] });
      await aMonthPasses(test);
      const young = await studio.lfs.store(project, text("just uploaded"));

      const words = inWords(await keep(test, false), { remove: false });
      assert.match(words, /1 objects that nothing refers to, 0\.0 MB/);
      assert.match(words, /1 uploads that were announced and never came/);
      assert.match(words, /Nothing was removed: this was a look/);
      assert.ok(await isStored(test, project, nobodys.oid), "a look changes nothing");

      await keep(test, true);
      assert.ok(!await isStored(test, project, nobodys.oid));
      for (const [what, oid] of [...kept, ["what is young", young.oid] as const]) {
        assert.ok(await isStored(test, project, oid), `${what} was removed`);
        assert.notEqual(await studio.lfs.ready(studio.db.sql, project.id, oid), null, what);
      }
      assert.deepEqual(await keep(test, true), [], "there is nothing left to do");
      // What has gone can come again.
      const { body } = await lfs(story, "objects/batch", { operation: "upload", objects: [nobodys] });
      await follow(body.objects[0], text("nobody's"));
      assert.ok(await isStored(test, project, nobodys.oid));
    },
  });
}

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name: `the library: what any version or commit has stays, what was given up goes, objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    fn: () => tidyLibrary(kind),
  });
}

async function tidyLibrary(kind: "disk" | "S3"): Promise<void> {
  await using story = await openLfsStory(kind);
  const { test, project } = story;
  const { studio } = test;
  const library = await studio.library.of({ tenant_id: project.tenant_id, tenant_slug: project.tenant_slug });
  const stored = async (oid: string) =>
    await studio.objects.head(libraryKey(project.tenant_id, oid)) !== null &&
    (await studio.lfs.readyAmong(studio.db.sql, library, [oid])).has(oid);
  const keeper = (image: { path: string; oid: string; size: number }) => ({
    nodes: [{
      ...{
        id: "a",
        type: "asset",
        title: "Keeper",
        position: { x: 0, y: 0 },
        kind: "character",
        description: "",
      },
      images: [image],
    }],
    edges: [],
  });
  const young = await picture(test, project, "young.png", 1);
  await putCanvas(test, project, keeper(young));
  const source = { project_id: project.id, node_id: "a", note: "" };
  const body = { ...source, folder: "Characters" as const, title: "Keeper" };
  const { id } = await publish(test, body);
  const used = await use(test, id, 1, project);
  const old = await picture(test, project, "old.png", 2);
  await putCanvas(test, project, keeper(old));
  await publishNext(test, id, source);
  // A push brings a file and another takes it away again: history has it.
  const pushed = await studio.lfs.store(library, text("a plate that was pushed"));
  const path = "Stock_Media/plate.mp4";
  for (const content of [writePointer(pushed), null]) {
    await studio.git.commit(library, { message: "Plates", author: "Ada", changes: [{ path, content }] });
  }
  // A publishing that broke off after its object had come, and uploads that never came.
  const given = await studio.lfs.share(
    project,
    library,
    (await studio.lfs.store(project, text("given up"))).oid,
  );
  const announced = pointerOf("announced and never sent");
  await lfs({ ...story, project: { ...project, slug: "Library" } }, "objects/batch", {
    operation: "upload",
    objects: [plain(announced)],
  });
  await aMonthPasses(test);
  const fresh = await studio.lfs.store(library, text("just uploaded"));

  const about = `${project.tenant_slug}/Library`;
  const ours = async (remove: boolean) => (await keep(test, remove)).filter((each) => each.about === about);
  const look = await ours(false);
  assert.deepEqual(look.map(({ what, count, examples }) => ({ what, count, examples })), [
    { what: "objects that nothing refers to", count: 1, examples: [given.oid.slice(0, 12)] },
    { what: "uploads that were announced and never came", count: 1, examples: [announced.oid.slice(0, 12)] },
  ]);
  assert.ok(await stored(given.oid), "a look changes nothing");
  // Whoever asked has touched it: another month.
  await aMonthPasses(test);
  await studio.lfs.readyAmong(studio.db.sql, library, [fresh.oid]);
  await ours(true);
  assert.ok(!await stored(given.oid));
  const kept = { "version 1": young, "version 2": old, "what history has": pushed, "what is young": fresh };
  for (const [what, { oid }] of Object.entries(kept)) assert.ok(await stored(oid), `${what} was removed`);
  assert.deepEqual((await ours(true)).map((each) => each.what), []);
  // A version that a film still records can be had again, and what went comes again.
  // The same files; whether Git has them by now is not asked here.
  const ids = ({ assets }: Awaited<ReturnType<typeof use>>) => assets.map((asset) => asset.id);
  assert.deepEqual(ids(await use(test, id, 1, project)), ids(used));
  await studio.lfs.store(library, text("given up"));
  assert.ok(await stored(given.oid));
  await Deno.rename(studio.git.path(library), `${studio.git.path(library)}.away`);
  await aMonthPasses(test);
  assert.match((await ours(true))[0]!.unsure!, /Its repository is not at .*Library\.git/);
  assert.ok(await stored(young.oid));
}

Deno.test("a project whose repository is not there is not judged", async () => {
  await using it = await share();
  const { world, project } = it;
  const pointer = await world.studio.lfs.store(project, text("who knows"));
  await aMonthPasses(world);
  await Deno.rename(it.gitDir, `${it.gitDir}.away`);
  const [finding] = await keep(world, true);
  assert.match(finding!.unsure!, /Its repository is not at .* mount the volume/);
  assert.ok(await isStored(world, project, pointer.oid));
  await Deno.rename(`${it.gitDir}.away`, it.gitDir);
});

Deno.test("leavings of imports, uploads and projects that never came to be are found", async () => {
  await using it = await share();
  const { world, project, gitDir } = it;
  const { studio } = world;
  const { dataDir } = studio.config;
  const monthAgo = new Date(Date.now() - 30 * 24 * 3600_000);
  const strange = join(
    dataDir,
    "objects",
    ...lfsKey(project.tenant_id, uuidv7(), "ab".repeat(32)).split("/"),
  );
  const orphan = join(
    dataDir,
    "objects",
    ...lfsKey(project.tenant_id, project.id, "cd".repeat(32)).split("/"),
  );
  const lost = join(dataDir, "objects", ...libraryKey(project.tenant_id, "ef".repeat(32)).split("/"));
  const other = join(dataDir, "objects", "tenants", project.tenant_id, "library", "ef".repeat(32));
  const incoming = join(dataDir, "objects", ".incoming", uuidv7());
  const scratch = join(dataDir, "scratch", uuidv7(), "received.zip");
  for (const path of [strange, orphan, lost, other, incoming, scratch]) {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, "bytes");
    await Deno.utime(path, monthAgo, monthAgo);
  }
  await Deno.utime(join(scratch, ".."), monthAgo, monthAgo);
  const bundle = join(it.folder, "history.bundle");
  await bundleOf(gitDir, bundle);
  const imported = await repositoryFromBundle(bundle, join(dataDir, "repositories", project.tenant_slug));
  const place = join(dataDir, "repositories", project.tenant_slug, "Never.git");
  // Its gateway dies here: the project is not in the database.
  await imported.place(place, uuidv7());
  imported.leave();
  await Deno.utime(place, monthAgo, monthAgo);

  const words = inWords(await keep(world, false), { remove: false });
  assert.match(words, /3 objects in the store that no project or library knows/);
  assert.match(words, /1 uploads that were begun and never ended/);
  assert.match(words, /1 repositories of projects that never came to be/);
  assert.match(words, /1 folders of imports and exports that never ended/);
  await keep(world, true);
  const there = (path: string) => Deno.stat(path).then(() => true, () => false);
  for (const path of [strange, orphan, lost, incoming, scratch, place]) assert.ok(!await there(path), path);
  assert.ok(await there(other), "what is another room's stays");
  assert.ok(await there(gitDir));
  assert.deepEqual(await keep(world, true), []);
});

Deno.test("a film of the same name gets a repository of its own, whatever an import left in its place", async () => {
  await using it = await share();
  const { studio } = it.world;
  const bundle = join(it.folder, "history.bundle");
  await bundleOf(it.gitDir, bundle);
  const tenant = join(studio.config.dataDir, "repositories", it.project.tenant_slug);
  const left = await repositoryFromBundle(bundle, tenant);
  await left.place(join(tenant, "Harbour.git"), uuidv7());
  left.leave();
  const made = await it.world.makeProject("Harbour");
  const manifest = JSON.parse(new TextDecoder().decode((await studio.git.readFile(made, "project.json"))!));
  assert.equal(manifest.uuid, made.id);
  // One whose project did come to be before its gateway died is taken for what it is at the next start.
  await Deno.writeTextFile(join(studio.git.path(made), "importing"), made.id);
  await studio.projects.repair();
  assert.ok(!await Deno.stat(join(studio.git.path(made), "importing")).catch(() => null));
  assert.equal(await studio.git.head(made) !== null, true);
});

Deno.test("rows of work that is long over go; takes, the memory of Git, usage and audit stay", async () => {
  await using it = await share();
  const { world, project } = it;
  const { sql } = world.studio.db;
  const take = await makeTake(world, project);
  await world.studio.git.settle(project.id);
  const counts = async () => {
    const [row] = await sql`
      select (select count(*) from jobs)::int as jobs, (select count(*) from job_events)::int as events,
        (select count(*) from outbox)::int as outbox, (select count(*) from tokens)::int as tokens,
        (select count(*) from takes)::int as takes, (select count(*) from audit_log)::int as audit,
        (select count(*) from notices)::int as notices`;
    return row!;
  };
  await sql`
    update jobs set state = 'succeeded', finished_at = now() - interval '200 days', created_at = now() - interval '200 days'
    where id = ${take.job_id}`;
  const failed = uuidv7();
  await sql`
    insert into jobs (id, tenant_id, project_id, pool, kind, title, runner, capability, vram_mb, fit, priority, fair_key, state,
      spec, finished_at)
    select ${failed}, tenant_id, project_id, pool, kind, title, runner, capability, vram_mb, fit, priority, fair_key, 'failed', spec,
      finished_at
    from jobs where id = ${take.job_id}`;
  await sql`
    insert into job_events (tenant_id, project_id, job_id, kind, sentence)
    select tenant_id, project_id, id, 'queued', 'Waits' from jobs`;
  await sql`
    insert into usage_events (tenant_id, project_id, job_id, lease_token, capability, kind, amount)
    values (${project.tenant_id}, ${project.id}, ${failed}, 1, 'x', 'gpu_seconds', 5)`;
  await sql`
    insert into notices (id, tenant_id, project_id, at, level, sentence)
    values (${uuidv7()}, ${project.tenant_id}, ${project.id}, now() - interval '400 days', 'info', 'Long ago')`;
  await sql`update outbox set done_at = now() - interval '200 days' where done_at is not null`;
  await sql`
    insert into tokens (id, tenant_id, kind, hash, user_id, expires_at)
    values (${uuidv7()}, ${project.tenant_id}, 'session', 'x', ${world.owner.user_id}, now() - interval '60 days')`;
  const before = await counts();
  const found = await keep(world, false);
  assert.deepEqual(await counts(), before, "a look changes nothing");
  assert.match(
    inWords(found, { remove: false }),
    /3 lines of the stories .* \(90 days\)\n.*1 jobs that failed or were cancelled long ago/,
  );
  await keep(world, true);
  const after = await counts();
  assert.deepEqual(
    { ...after },
    {
      ...before,
      jobs: before.jobs - 1,
      events: 0,
      outbox: 1,
      tokens: before.tokens - 1,
      notices: before.notices - 1,
    },
  );
  const [used] = await sql`select count(*)::int as count from usage_events where job_id = ${failed}`;
  assert.equal(used!.count, 1);
  assert.deepEqual(await keep(world, true), []);
});
