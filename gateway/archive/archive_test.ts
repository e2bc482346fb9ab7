import assert from "node:assert/strict";
import { strFromU8, unzipSync } from "fflate";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { s3Skipped } from "../objects/testing.ts";
import { openLfsStory } from "../lfs/testing.ts";
import { zip } from "./zip.ts";

const noS3 = await s3Skipped();

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name: `a project is downloaded as one zip, with media or pointers, objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    async fn() {
      await using story = await openLfsStory(kind);
      const { test, project } = story;
      const film = crypto.getRandomValues(new Uint8Array(60_000)).slice();
      const pointer = await test.studio.lfs.store(project, film);
      const large = new Uint8Array(300_000).fill(7);
      const lost = { oid: "ab".repeat(32), size: 5 };
      await test.studio.git.commit(project, {
        message: "files",
        author: "Ada",
        changes: [
          { path: "03_Renders/SHOT-010/SHOT-010_v01_take01.mp4", content: writePointer(pointer) },
          { path: "01_Assets/Images/Füchse 🦊.png", content: writePointer(lost) },
          { path: "04_Project_Files/scene.dat", content: large },
          ...Array.from(
            { length: 250 },
            (_, n) => ({ path: `04_Project_Files/n/${n}.txt`, content: `note ${n}` }),
          ),
        ],
      });
      const get = async (query: string) => {
        const answer = await test.request(`/api/projects/${project.id}/archive${query}`, {}, "viewer");
        assert.equal(answer.status, 200);
        assert.match(answer.headers.get("content-disposition")!, /filename="[A-Za-z0-9._-]+\.zip"/);
        return unzipSync(new Uint8Array(await answer.arrayBuffer()));
      };
      const root = project.slug;
      const all = await get("?media=all");
      assert.deepEqual(all[`${root}/03_Renders/SHOT-010/SHOT-010_v01_take01.mp4`], film);
      assert.deepEqual(all[`${root}/04_Project_Files/scene.dat`], large);
      assert.equal(strFromU8(all[`${root}/04_Project_Files/n/249.txt`]!), "note 249");
      assert.match(strFromU8(all[`${root}/project.json`]!), /"schema": 1/);
      assert.equal(strFromU8(all[`${root}/01_Assets/Images/Füchse 🦊.png`]!), writePointer(lost));
      assert.match(strFromU8(all[`${root}/MISSING_MEDIA.txt`]!), /Füchse 🦊\.png/);
      const slim = await get("");
      assert.equal(
        strFromU8(slim[`${root}/03_Renders/SHOT-010/SHOT-010_v01_take01.mp4`]!),
        writePointer(pointer),
      );
      assert.equal(slim[`${root}/MISSING_MEDIA.txt`], undefined);
    },
  });
}

Deno.test("a project beyond what a zip holds is refused before the first byte; foreign ones are not there", async () => {
  await using story = await openLfsStory();
  const { test, project } = story;
  const oid = "cd".repeat(32);
  await test.studio.db.sql`
    insert into lfs_objects (project_id, tenant_id, oid, size, state)
    values (${project.id}, ${project.tenant_id}, ${oid}, ${5_000_000_000}, 'ready')`;
  await test.studio.git.commit(project, {
    message: "a master",
    author: "Ada",
    changes: [{ path: "06_Exports/master.mov", content: writePointer({ oid, size: 5_000_000_000 }) }],
  });
  const path = `/api/projects/${project.id}/archive`;
  const refused = await test.request(`${path}?media=all`);
  assert.equal(refused.status, 413);
  assert.match(
    (await refused.json()).detail,
    /of 5\.0 GB together; a zip takes 65534 files and 4 GB\. Clone it/,
  );
  const slim = await test.request(path);
  assert.equal(slim.status, 200);
  await slim.body?.cancel();
  for (
    const [answer, status] of [
      [test.request(`${path}?media=some`), 400],
      [test.request(path, {}, "nobody"), 401],
      [(await test.secondTenant()).request(path), 404],
    ] as const
  ) {
    const { status: said, body } = await answer;
    await body?.cancel();
    assert.equal(said, status);
  }
});

Deno.test("entries are opened one after the other as they are read, and closed when the reader leaves", async () => {
  const events: string[] = [];
  const entries = [1, 2, 3].map((n) => ({
    path: `${n}.bin`,
    deflate: false,
    // deno-lint-ignore require-await -- as a store opens a file
    async open() {
      events.push(`open ${n}`);
      return (async function* () {
        try {
          for (let chunk = 0; chunk < 3; chunk++) yield new Uint8Array(1000);
        } finally {
          events.push(`closed ${n}`);
        }
      })();
    },
  }));
  const reader = ReadableStream.from(zip(entries, new Date())).getReader();
  while (!events.includes("open 2")) await reader.read();
  await reader.cancel();
  assert.deepEqual(events, ["open 1", "closed 1", "open 2", "closed 2"]);
});
