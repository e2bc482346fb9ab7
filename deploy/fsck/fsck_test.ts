import assert from "node:assert/strict";
import { join } from "@std/path";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { picture, publish, putCanvas } from "../../gateway/library/testing.ts";
import { lfsKey, libraryKey } from "../../gateway/objects/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import { makeTake } from "../../gateway/takes/testing.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { composeStudio } from "../../gateway/compose.ts";
import { parseConfig } from "../../gateway/config.ts";
import { createLog } from "../../gateway/http/mod.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { checkStudio } from "./check.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** A project with two takes in Git. */
async function begin(test: TestStudio, title: string): Promise<ProjectRow> {
  const project = await test.makeProject(title);
  const canvas = {
    nodes: [{ id: "shot_1", type: "shot", title: "One", position: { x: 0, y: 0 }, shot: "SHOT-1" }],
    edges: [],
  };
  const put = await test.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph: canvas },
  });
  assert.equal(put.status, 200, await put.text());
  await makeTake(test, project);
  await makeTake(test, project);
  await test.studio.git.settle(project.id);
  return project;
}

Deno.test("a studio that fits together has nothing to say; each thing that does not is found and told", async (t) => {
  await using test = await openTestStudio();
  const { db, git, objects, config } = test.studio;
  const look = async () =>
    (await checkStudio(test.studio, config.dataDir)).findings.map((finding) => {
      assert.ok(finding.advice.length > 20);
      return `${finding.level} ${finding.about}: ${finding.sentence}`;
    });
  const found = async (project: ProjectRow, words: RegExp) => {
    const all = (await look()).filter((line) => line.includes(`/${project.slug}:`));
    assert.ok(all.some((line) => words.test(line)), `${words} is not in\n${all.join("\n")}`);
  };

  await t.step("nothing", async () => {
    await begin(test, "Sound");
    assert.deepEqual(await look(), []);
  });
  await t.step("a library: whole, then without its media", async () => {
    const project = await begin(test, "Publishes");
    const front = await picture(test, project, "keeper.png", 1);
    await putCanvas(test, project, {
      nodes: [{ id: "a", type: "asset", title: "Keeper", position: { x: 0, y: 0 }, images: [front] }],
      edges: [],
    });
    await publish(test, { project_id: project.id, node_id: "a", folder: "Characters", title: "Keeper" });
    await git.settle(project.id);
    assert.deepEqual(await look(), []);
    await objects.delete(libraryKey(project.tenant_id, front.oid));
    await db.sql`update library_objects set size = size + 1`;
    const lines = await look();
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /wrong .*\/Library: 1 files point to media .*Characters\/Keeper\/keeper\.png/);
    assert.match(lines[1]!, /wrong .*\/Library: 1 objects are gone from the store/);
    await db.sql`update library_objects set size = size - 1`;
    await objects.copy(
      lfsKey(project.tenant_id, project.id, front.oid),
      libraryKey(project.tenant_id, front.oid),
    );
    assert.deepEqual(await look(), []);
  });
  await t.step("work that was left behind", async () => {
    const project = await begin(test, "Left");
    // The gateway looks for such work by itself and may be faster than the one who checks: then it is left behind once more.
    for (let attempt = 1;; attempt++) {
      await db
        .sql`update outbox set done_at = null, created_at = now() - interval '1 hour' where project_id = ${project.id}`;
      try {
        await found(project, /note .*: \d changes wait to be committed/);
        break;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
    await git.settle(project.id);
  });
  await t.step("an object that the store lost, and one of another size", async () => {
    const project = await begin(test, "Lost object");
    const takes = await db.sql<{ oid: string }[]>`select oid from takes where project_id = ${project.id}`;
    const key = (oid: string) => lfsKey(project.tenant_id, project.id, oid);
    await objects.delete(key(takes[0]!.oid));
    await db.sql`update lfs_objects set size = size + 1 where oid = ${
      takes[1]!.oid
    } and project_id = ${project.id}`;
    await found(project, /wrong .*: 1 objects are gone from the store/);
    await found(project, /wrong .*: 1 objects have another size/);
    await found(project, /wrong .*: 1 files of main point to media/);
  });
  await t.step("a take that is not in main, and a pointer that leads nowhere", async () => {
    const project = await begin(test, "Lost take");
    const [take] = await db.sql<{ path: string }[]>`select path from takes where project_id = ${project.id}`;
    await git.commit(project, {
      message: "by a bug",
      author: "Ada",
      changes: [
        { path: take!.path, content: null },
        { path: "01_Assets/a.png", content: writePointer({ oid: "ab".repeat(32), size: 4 }) },
      ],
    });
    await found(project, /wrong .*: 1 committed takes are not in main as they were made: SHOT-1_v01_take0/);
    await found(project, /wrong .*: 1 files of main point to media .*: 01_Assets\/a\.png\./);
  });
  await t.step("a take that nobody will commit", async () => {
    const project = await begin(test, "Stuck");
    await db.sql`update takes set committed_at = null where project_id = ${project.id}`;
    await found(project, /wrong .*: 2 takes wait for a commit that nobody will make/);
  });
  await t.step("a project.json that is none, and one that is another canvas", async () => {
    const project = await begin(test, "Manifest");
    const was = (await git.readFile(project, "project.json"))!;
    const write = (content: string) =>
      git.commit(project, { message: "x", author: "Ada", changes: [{ path: "project.json", content }] });
    await write("{");
    await found(project, /wrong .*: project\.json is not JSON/);
    await write(new TextDecoder().decode(was).replace('"One"', '"Two"'));
    await found(project, /note .*: project\.json is not what the canvas is/);
  });
  await t.step("a repository that is broken, gone, or nobody's", async () => {
    const broken = await begin(test, "Broken");
    const [object] = await db.sql<{ commit_sha: string }[]>`
      select commit_sha from outbox where project_id = ${broken.id} limit 1`;
    const sha = object!.commit_sha;
    await Deno.remove(join(git.path(broken), "objects", sha.slice(0, 2), sha.slice(2)));
    await found(broken, /wrong .*: git fsck: /);
    const gone = await begin(test, "Gone");
    await Deno.rename(git.path(gone), git.path(gone).replace("Gone", "Nobodys"));
    await found(gone, /wrong .*: There is no repository at/);
    assert.ok(
      (await look()).some((line) => /note .*Nobodys\.git: This repository belongs to no project/.test(line)),
    );
  });
});

Deno.test("the command says 0 for a studio that is well, 1 for one that is not, 2 when it cannot look", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "studio-fsck-" });
  const fsck = async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "fsck"],
      cwd: ROOT,
      env: { STUDIO_DATA: dataDir, DATABASE_URL: "", S3_BUCKET: "" },
      stdin: "null",
    }).output();
    return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  };
  const open = () =>
    composeStudio(parseConfig({ STUDIO_DATA: dataDir }), createLog({ terminal: false, write: () => {} }));
  try {
    const nothing = await fsck();
    assert.equal(nothing.code, 2, nothing.said);
    assert.match(nothing.said, /There is no studio in/);
    {
      await using studio = await open();
      await studio.auth.firstStart();
      const busy = await fsck();
      assert.equal(busy.code, 2, busy.said);
      assert.match(busy.said, /Another gateway uses the embedded database/);
    }
    const well = await fsck();
    assert.equal(well.code, 0, well.said);
    assert.match(well.said, /0 wrong, 0 to note/);
    {
      await using studio = await open();
      const { sql } = studio.db;
      await sql`
        insert into projects (id, tenant_id, slug, title, fps, width, height, quality, fallback)
        select ${uuidv7()}, id, 'Film', 'Film', '24', 1280, 720, 'standard', 'lower' from tenants`;
    }
    const ill = await fsck();
    assert.equal(ill.code, 1, ill.said);
    assert.match(ill.said, /\/Film\n +WRONG +There is no repository at .*\n +Start the gateway/);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
