import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { film, put } from "../../gateway/assembly/testing.ts";
import { type Name, share } from "../../gateway/git/sharing.ts";
import { mustGit, runGit, treeOf } from "../../gateway/git/testing.ts";
import { cloneOf, lfsFilters } from "../../gateway/pushes/testing.ts";
import { isTakeOf } from "./take_files.ts";

/** A minute of it is run by whoever changes this room; the rest of the time less says as much. */
const SECONDS = Number(Deno.env.get("CROWD_SECONDS") ?? 12);

Deno.test("four agents finish takes while two people push: no take is refused, history is one line, a clone has every byte", async () => {
  await using it = await share();
  const { world, project } = it;
  await put(world, project, film());
  await world.studio.git.settle(project.id);
  const until = Date.now() + SECONDS * 1000;
  /** By the path of each take: what its agent made. */
  const made = new Map<string, Uint8Array>();

  async function agent(nth: number): Promise<number> {
    const worker = await world.joinAgent({ name: `agent ${nth}` });
    let takes = 0;
    while (Date.now() < until) {
      const node_id = `s${1 + (nth + takes) % 3}`;
      const asked = await patiently(
        world.lines,
        () => world.request(`/api/projects/${project.id}/jobs`, { method: "POST", json: { node_id } }),
      );
      assert.equal(asked.status, 202, await asked.text());
      const lease = await worker.lease();
      assert.ok(lease.spec.kind === "generate");
      // The head of an MP4, and more bytes than a pointer has.
      const bytes = new Uint8Array(20_000);
      bytes.set(new TextEncoder().encode("\0\0\0\x18ftypisom\0\0\x02\0isomiso2"));
      crypto.getRandomValues(bytes.subarray(100));
      const done = await patiently(world.lines, () => worker.complete(lease, { bytes }));
      assert.equal(done.status, 204, `a take was refused: ${await done.text()}`);
      const { shot, name } = lease.spec.take;
      made.set(`03_Renders/${shot}/${name}.mp4`, bytes);
      takes++;
    }
    return takes;
  }
  async function person(as: Name): Promise<string[]> {
    const clone = await cloneOf(it, as);
    const pushed: string[] = [];
    while (Date.now() < until) {
      const file = `04_Project_Files/${as}-${pushed.length}.txt`;
      await clone.commit({ [file]: `${as}, ${pushed.length}` }, file);
      for (let tries = 0;; tries++) {
        const { code, err } = await runGit(clone.path, ["push", "--quiet"]);
        if (code === 0) break;
        assert.match(err, /fetch first|non-fast-forward|cannot lock ref|failed to update ref|git pull/);
        assert.ok(tries < 100, err);
        await mustGit(clone.path, ["pull", "--quiet", "--rebase"]);
      }
      pushed.push(file);
      // One who pushes again at once, without a glance, would never be caught up with by the other.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    return pushed;
  }
  const [counts, pushed] = await Promise.all([
    Promise.all([1, 2, 3, 4].map(agent)),
    Promise.all([person("owner"), person("artist")]),
  ]);
  await world.studio.git.settle(project.id);
  // Two who wait for each other until the database aborts one cost everybody a second each time.
  assert.deepEqual(world.lines.filter((line) => line.includes("deadlock detected")).slice(0, 1), []);
  const files = pushed.flat();
  console.log(
    `${counts.reduce((sum, each) => sum + each, 0)} takes and ${files.length} pushes in ${SECONDS} s`,
  );

  const tree = await treeOf(it.gitDir);
  assert.deepEqual(
    tree.filter(isTakeOf).sort(),
    [...made.keys()].sort(),
    "every take is there, and no other",
  );
  for (const file of files) assert.ok(tree.includes(file), `${file} was pushed and is not in history`);
  assert.equal((await mustGit(it.gitDir, ["rev-list", "--merges", "--count", "main"])).trim(), "0");
  await mustGit(it.gitDir, ["fsck", "--strict", "--no-dangling"]);

  await mustGit(it.folder, [...lfsFilters, "clone", "--quiet", it.url("viewer"), "whole"], {
    GIT_LFS_SKIP_SMUDGE: "0",
  });
  const clone = join(it.folder, "whole");
  for (const folder of DOCUMENTED) assert.ok(await Deno.stat(join(clone, folder)), folder);
  for (const [path, bytes] of made) {
    const hash = (each: Uint8Array) => createHash("sha256").update(each).digest("hex");
    assert.equal(
      hash(await Deno.readFile(join(clone, path))),
      hash(bytes),
      `${path} is not what its agent made`,
    );
    const sidecar = JSON.parse(await Deno.readTextFile(join(clone, path.replace(/mp4$/, "json"))));
    assert.equal(sidecar.name, path.slice(dirname(path).length + 1, -4));
  }
  assert.equal(
    await mustGit(clone, [...lfsFilters, "status", "--porcelain"], { GIT_LFS_SKIP_SMUDGE: "0" }),
    "",
  );
});

/** As agents and people do: a database that is busy for a moment is no refusal. */
async function patiently(lines: readonly string[], ask: () => Promise<Response>): Promise<Response> {
  for (let tries = 1;; tries++) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    // What the gateway knows of it is worth more than its sentence.
    if (tries === 50) throw new Error(`${await answer.text()}\n${lines.slice(-5).join("\n")}`);
    await answer.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The tree of every project (DESIGN.md 8); 05_Cache is made by whoever needs it, and ignored. */
const DOCUMENTED = [
  "project.json",
  ".gitattributes",
  ".gitignore",
  "01_Assets/Audio",
  "01_Assets/Video",
  "01_Assets/Images",
  "02_Source_Creative",
  "03_Renders",
  "04_Project_Files",
  "06_Exports",
];
