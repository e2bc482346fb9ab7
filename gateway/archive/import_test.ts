import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { strToU8, unzipSync, zipSync } from "fflate";
import type { Project } from "../../shared/api/project.ts";
import { ImportedMedia, ImportedProject } from "../../shared/api/archive.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { checkStudio } from "../../deploy/fsck/check.ts";
import { film, put, readJson, render, reportOf, shoot } from "../assembly/testing.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { mustGit } from "../git/testing.ts";
import { s3Skipped } from "../objects/testing.ts";
import { openLfsStory } from "../lfs/testing.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { amend, exported, imported } from "./testing.ts";

const noS3 = await s3Skipped();

/** A film with takes, a render, a picture, a milestone and another branch that has media of its own. */
async function tellFilm(test: TestStudio): Promise<ProjectRow> {
  const project = await test.makeProject("Harbour");
  const { studio } = test;
  await put(test, project, film());
  const agent = await test.joinAgent();
  await shoot(test, project, agent, ["s1", "s2", "s3", "s1"]);
  await render(test, project);
  const lease = await agent.lease();
  const done = await agent.complete(lease, reportOf(lease, 64));
  assert.equal(done.status, 204, await done.text());
  const picture = await upload(test, project, png(8, 8));
  assert.equal(
    (await fileAsset(test, project, { folder: "Images", name: "keeper.png", ...picture })).status,
    201,
  );
  await studio.git.settle(project.id);
  const gitDir = studio.git.path(project);
  await mustGit(gitDir, ["branch", "noir", "main"]);
  await mustGit(gitDir, ["tag", "-a", "v1", "-m", "First cut", "main"]);
  const other = await studio.lfs.store(project, strToU8("a plate of another branch"));
  await studio.git.commit(project, {
    branch: "noir",
    message: "A plate",
    author: "Grace",
    changes: [{ path: "01_Assets/Video/plate.mp4", content: writePointer(other) }],
  });
  return project;
}

async function refusal(test: TestStudio, zip: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await imported(test, zip);
  const problem = await answer.json();
  assert.equal(answer.status, 422, JSON.stringify(problem));
  return problem.detail;
}

/** All that a person can ask of a project, without what is this studio's own: ids, links, times of writing. */
async function told(test: TestStudio, project: { id: string }) {
  const base = `/api/projects/${project.id}`;
  // deno-lint-ignore no-explicit-any -- whatever the API answers
  const items = async (path: string) => (await readJson<{ items: any[] }>(test, `${base}/${path}`)).items;
  const takes = await Promise.all((await items("takes?limit=100")).map(async ({ id }) => {
    // deno-lint-ignore no-explicit-any -- as above
    const take = await readJson<any>(test, `${base}/takes/${id}`);
    const { name, active, oid, size, path, media, sidecar, committed, made_from, tier } = take;
    const file = await test.request(`${base}/takes/${id}/file`, { redirect: "manual" });
    const bytes = await (await test.request(file.headers.get("location")!)).bytes();
    assert.equal(createHash("sha256").update(bytes).digest("hex"), oid);
    return {
      name,
      active,
      oid,
      size,
      path,
      media,
      committed,
      tier,
      made_from: made_from !== null,
      sidecar: { ...sidecar, made_from: 0 },
    };
  }));
  return {
    takes,
    jobs: (await items("jobs?limit=100")).map(({ title, state, runner, tier, take }) => ({
      title,
      state,
      runner,
      tier,
      take,
    })),
    films: (await items("renders?limit=100")).map(({ name, version, frames, oid }) => ({
      name,
      version,
      frames,
      oid,
    })),
    assets: (await items("assets?limit=100")).map(({ path, oid, size, width }) => ({
      path,
      oid,
      size,
      width,
    })),
    canvas: (await readJson<{ graph: unknown }>(test, `${base}/canvas`)).graph,
  };
}

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name:
      `a film is exported and imported on another studio with all takes, films and history, objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    async fn() {
      await using here = await openTestStudio();
      await here.serve();
      const project = await tellFilm(here);
      const before = await told(here, project);
      const zip = await exported(here, project);

      await using there = await openLfsStory(kind);
      const answer = await imported(there.test, zip);
      const body = await answer.text();
      assert.equal(answer.status, 201, body);
      const { project: got, missing } = ImportedProject.parse(JSON.parse(body));
      assert.deepEqual([got.title, got.id, missing], [project.title, project.id, 0]);
      await there.test.studio.git.settle(got.id);
      assert.deepEqual(await told(there.test, got), before);
      const row = await there.test.studio.projects.find(there.project.tenant_id, got.id);
      const [from, to] = [here.studio.git.path(project), there.test.studio.git.path(row)];
      const refs = (gitDir: string) => mustGit(gitDir, ["for-each-ref", "--format=%(refname) %(objectname)"]);
      assert.equal(await refs(to), await refs(from), "nothing had to be committed: all is as it was");
      assert.deepEqual((await checkStudio(there.test.studio, there.test.studio.config.dataDir)).findings, []);
      assert.deepEqual([...Deno.readDirSync(join(there.test.studio.config.dataDir, "scratch"))], []);
    },
  });
}

Deno.test("where the film is already, a second one has a title and ids of its own; without media its files come from the first", async () => {
  await using test = await openTestStudio();
  await test.serve();
  const project = await tellFilm(test);
  const before = await told(test, project);
  const answer = await imported(test, await exported(test, project, "pointers"), {
    accept: "application/x-ndjson",
  });
  const lines = (await answer.text()).trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(lines.some(({ stage, done }) => /^Storing \d+ media files/.test(stage) && done > 0));
  const { project: copy, missing } = ImportedProject.parse(lines.at(-1).result);
  assert.equal(copy.title, "Harbour (2)");
  assert.notEqual(copy.id, project.id);
  assert.equal(missing, 0);
  await test.studio.git.settle(copy.id);
  assert.deepEqual(await told(test, copy), before);
  assert.deepEqual((await checkStudio(test.studio, test.studio.config.dataDir)).findings, []);
  const row = await test.studio.projects.find(test.owner.tenant_id, copy.id);
  for (const branch of ["main", "noir"]) {
    const manifest = JSON.parse(
      new TextDecoder().decode((await test.studio.git.readFile(row, "project.json", branch))!),
    );
    assert.equal(manifest.uuid, copy.id);
  }
  // The first take after it gets the next number, and nothing is overwritten.
  const agent = await test.joinAgent({ name: "second" });
  await shoot(test, row, agent, ["s1"]);
  await test.studio.git.settle(copy.id);
  const names = (await told(test, copy)).takes.map((take) => take.name);
  assert.ok(names.includes("SHOT-010_v01_take03"), names.join());
});

Deno.test("without media on a studio that has none of it, the film is there and says what it lacks", async () => {
  await using here = await openTestStudio();
  await here.serve();
  const project = await tellFilm(here);
  const zip = await exported(here, project, "pointers");
  await using there = await openTestStudio();
  const { project: got, missing } = ImportedProject.parse(await (await imported(there, zip)).json());
  const { count } =
    (await here.studio.db.sql<{ count: number }[]>`select count(*)::int as count from lfs_objects`)[0]!;
  assert.equal(missing, count);
  const takes = await readJson<{ items: { committed: boolean }[] }>(there, `/api/projects/${got.id}/takes`);
  assert.equal(takes.items.length, 4);
  // Bytes that come later are taken for what they are.
  const take =
    (await there.studio.db.sql<{ oid: string; size: number }[]>`select oid, size from takes limit 1`)[0]!;
  const row = await there.studio.projects.find(there.owner.tenant_id, got.id);
  const stream = await here.studio.lfs.read(project, take.oid);
  await there.studio.lfs.keep(row, stream!, take);
  assert.equal(await there.studio.lfs.ready(there.studio.db.sql, got.id, take.oid), take.size);
});

Deno.test("what is wrong with a zip is told in words, and nothing is left of it", async (t) => {
  await using here = await openTestStudio();
  await here.serve();
  const project = await tellFilm(here);
  const whole = unzipSync(await exported(here, project));
  const root = project.slug;
  await using there = await openTestStudio();
  const { config, db } = there.studio;
  const changed = (change: (files: Record<string, Uint8Array>) => void) => {
    const files = { ...whole };
    change(files);
    return zipSync(files, { level: 1 });
  };
  const nothingLeft = async () => {
    assert.deepEqual([...await db.sql`select title from projects`], []);
    const left = await Array.fromAsync(walk(config.dataDir));
    assert.deepEqual(left.filter((path) => /scratch\/.|repositories\/.*\.git|tenants\/.*lfs/.test(path)), []);
  };
  const film = Object.keys(whole).find((path) => /03_Renders.*take01\.(?:mp4|png)$/.test(path))!;
  const takes = new TextDecoder().decode(whole[`${root}/.studio/records.jsonl`]);
  const stories: Record<string, [Uint8Array<ArrayBuffer>, RegExp]> = {
    "a file that is gone": [changed((files) => delete files[film]), /not whole: ".*take01\.\w+" is missing/],
    "a file with other bytes": [
      changed((files) => files[film] = files[film]!.map((byte) => byte ^ 1)),
      /is not the file that was exported: its SHA-256 is another/,
    ],
    "a shorter file": [
      changed((files) => files[film] = files[film]!.subarray(1)),
      /has \d+ bytes and should have \d+/,
    ],
    "records that were changed": [
      changed((files) => files[`${root}/.studio/records.jsonl`] = strToU8(takes.replace("take01", "take09"))),
      /records\.jsonl in the archive is not the one that was exported/,
    ],
    "no history": [
      changed((files) => delete files[`${root}/.studio/history.bundle`]),
      /history\.bundle is missing/,
    ],
    "a damaged history": [
      changed((files) => {
        const bundle = files[`${root}/.studio/history.bundle`]!.slice();
        bundle[bundle.length - 40]! ^= 0xff;
        files[`${root}/.studio/history.bundle`] = bundle;
        amend(files, root, "bundle", bundle);
      }),
      /history in the archive is damaged/,
    ],
    "a take whose job is not there": [
      changed((files) => {
        const rows = strToU8(takes.split("\n").filter((line) => !line.startsWith('["job"')).join("\n"));
        files[`${root}/.studio/records.jsonl`] = rows;
        amend(files, root, "records", rows);
      }),
      /refers to the job .* which is not in it/,
    ],
    "a take that claims another's path": [
      changed((files) => {
        const rows = strToU8(takes.replace(/"path": ?"03_Renders[^"]*"/, '"path":"../../etc/passwd"'));
        files[`${root}/.studio/records.jsonl`] = rows;
        amend(files, root, "records", rows);
      }),
      /name and path are not those of its shot/,
    ],
    "a newer studio's": [
      changed((files) => files[`${root}/.studio/archive.json`] = strToU8('{"schema": 2}')),
      /made by a newer studio/,
    ],
    "a name that leads out": [
      zipSync({ "../../evil.png": png(4, 4) }),
      /names a file "\.\.\/\.\.\/evil\.png".*may not be unpacked/,
    ],
    "a bomb": [
      zipSync({ "zeros.png": new Uint8Array(150 * 1024 ** 2) }, { level: 9 }),
      /no production but a trap|cannot be/,
    ],
    "a lie about a size": [
      lying(zipSync({ "keeper.png": png(300, 300) })),
      /is larger than|cannot be|claims/,
    ],
    "no zip": [strToU8("a picture"), /no zip that can be read/],
    "half a zip": [changed(() => {}).subarray(0, 5000).slice(), /no zip that can be read/],
    "nothing at all": [new Uint8Array(), /no zip that can be read: it is empty/],
    "a zip of letters": [zipSync({ "letter.txt": strToU8("Dear Ada") }), /no pictures, sound or clips/],
    "a clone that was zipped": [
      zipSync({ "film/project.json": whole[`${root}/project.json`]! }),
      /without its history and takes/,
    ],
  };
  for (const [name, [zip, words]] of Object.entries(stories)) {
    await t.step(name, async () => {
      assert.match(await refusal(there, zip), words);
      await nothingLeft();
    });
  }
  await t.step("and whoever may only look imports nothing", async () => {
    const answer = await there.request(
      "/api/projects/import",
      { method: "POST", body: new Uint8Array() },
      "viewer",
    );
    assert.equal(answer.status, 403);
  });
});

Deno.test("a zip of media begins a film or is filed into one, each file once, and what is none is told", async () => {
  await using test = await openTestStudio();
  await test.serve();
  const picture = png(8, 8);
  const zip = zipSync({
    "plates/keeper.png": picture,
    "plates/again.png": picture,
    "plates/sky.png": png(8, 8, 3),
    "plates/notes.txt": strToU8("notes"),
    "__MACOSX/plates/._keeper.png": strToU8("litter"),
    "plates/.DS_Store": strToU8("litter"),
  });
  const { project, refused } = ImportedProject.parse(await (await imported(test, zip)).json());
  assert.equal(project.title, "keeper");
  assert.deepEqual(refused.map((each) => each.name), ["plates/notes.txt"]);
  const again = await test.request(`/api/projects/${project.id}/assets/import`, {
    method: "POST",
    body: zip,
  });
  const { assets } = ImportedMedia.parse(await again.json());
  assert.equal(new Set(assets.map((asset) => asset.id)).size, 2, "the same bytes are filed once");
  const { items } = await readJson<{ items: unknown[] }>(test, `/api/projects/${project.id}/assets`);
  assert.equal(items.length, 2);
  const wrong = await test.request(`/api/projects/${project.id}/assets/import`, {
    method: "POST",
    body: await exported(
      test,
      await test.studio.projects.find(test.owner.tenant_id, (project as Project).id),
    ),
  });
  assert.match((await wrong.json()).detail, /is a whole project/);
});

/** Says of the first file that it unpacks to ten bytes. */
function lying(zip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const directory = view.getUint32(zip.length - 6, true);
  view.setUint32(directory + 24, 10, true);
  return zip;
}

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile) yield path;
    if (entry.isDirectory) yield* walk(path);
  }
}
