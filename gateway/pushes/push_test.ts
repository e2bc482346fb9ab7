import assert from "node:assert/strict";
import { join } from "@std/path";
import { Manifest, writeManifest } from "../../shared/project/manifest.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { share } from "../git/sharing.ts";
import { mustGit, runGit } from "../git/testing.ts";
import { cloneOf, lfsFilters } from "./testing.ts";

Deno.test("what a push may not bring is refused with a sentence, and nothing changes", async (t) => {
  await using it = await share();
  const { studio } = it.world;
  const film = await cloneOf(it);
  const head = await studio.git.head(it.project);
  const manifest = Manifest.parse(JSON.parse(await film.read("project.json")));
  const json = (changes: Record<string, unknown>) => JSON.stringify({ ...manifest, ...changes }, null, 2);

  /** Commits these files, pushes, expects these words, and takes the commit back. */
  async function refused(
    name: string,
    files: Record<string, string | Uint8Array | null>,
    words: RegExp,
    push = ["push"],
  ): Promise<void> {
    await t.step(name, async () => {
      await film.commit(files);
      const { code, err } = await runGit(film.path, push);
      assert.notEqual(code, 0, "the push was taken");
      assert.match(err, words);
      assert.match(err, /remote: The studio did not take this push; nothing was changed\./);
      assert.equal(await studio.git.head(it.project), head);
      await mustGit(film.path, ["reset", "--quiet", "--hard", "origin/main"]);
    });
  }

  const png = crypto.getRandomValues(new Uint8Array(3_000));
  await refused(
    "a media file itself",
    { "01_Assets/Images/Keeper.PNG": png },
    /01_Assets\/Images\/Keeper\.PNG \(3 KiB\) is the media file itself.*git lfs install/,
  );
  await refused("… also on a branch of one's own", { "a.mov": "x" }, /a\.mov \(1 bytes\) is the media file/, [
    "push",
    "origin",
    "HEAD:refs/heads/night",
  ]);
  await refused("… also behind a tag", { "a.mov": "x" }, /a\.mov/, ["push", "origin", "HEAD:refs/tags/cut"]);
  await refused(
    "a pointer whose object is not there",
    { "01_Assets/Video/plate.mp4": writePointer({ oid: "ab".repeat(32), size: 12 }) },
    /plate\.mp4 points to a file that the studio does not have \(abababababab/,
  );
  await refused(
    "a word to git-lfs to go elsewhere",
    { ".lfsconfig": '[lfs]\n\tfetchexclude = "*.mov"\n\tURL = https://elsewhere.example/lfs\n' },
    /\.lfsconfig would send everybody's git-lfs to another store/,
  );
  await refused(
    "… also behind much else",
    { ".lfsconfig": `${"# \n".repeat(1_000)}[remote "origin"] lfsurl=https://elsewhere.example` },
    /\.lfsconfig would send everybody's git-lfs/,
  );
  const theirs = await studio.lfs.store(await it.world.makeProject("Another film"), png);
  await refused(
    "a pointer to another project's object",
    { "theirs.png": writePointer(theirs) },
    /theirs\.png points to a file that the studio does not have/,
  );
  const mine = await studio.lfs.store(it.project, new TextEncoder().encode("mine"));
  await refused(
    "a pointer with another size",
    { "mine.png": writePointer({ ...mine, size: 99 }) },
    /mine\.png says its file has 99 bytes, and the studio's has 4/,
  );
  await refused("a project.json that is not JSON", { "project.json": "{ nope" }, /project\.json is not JSON/);
  await refused("… or gone", { "project.json": null }, /project\.json is missing/);
  await refused("… or of another project", {
    "project.json": json({ uuid: "01920000-0000-7000-8000-000000000000" }),
  }, /another project's file/);
  await refused("… or at another rate", { "project.json": json({ fps: "25" }) }, /fps is 25.*set to 24/);
  await refused(
    "… or with a field that is none",
    { "project.json": json({ qualty: "x" }) },
    /project\.json:/,
  );
  await refused("… or with a graph that cannot be", {
    "project.json": json({
      canvas: {
        nodes: [],
        edges: [{ id: "e", source: "a", source_port: "x", target: "b", target_port: "y" }],
      },
    }),
  }, /project\.json: e: /);
  await refused("a name of a take", {
    "03_Renders/SHOT-010/SHOT-010_v01_take07.json": "{}",
  }, /take07\.json has the name of a take, which only the studio gives/);
  await refused("a path that other systems cannot have", { "a\\b.txt": "x" }, /it has a backslash/);

  await t.step("several faults are told together, each once", async () => {
    await film.commit({ "a.mov": "x", "b.mov": "y", "project.json": "[]" });
    const { err } = await runGit(film.path, ["push"]);
    for (const words of [/a\.mov/, /b\.mov/, /project\.json/]) assert.match(err, words);
    assert.equal(err.match(/a\.mov \(/g)?.length, 1);
    await mustGit(film.path, ["reset", "--quiet", "--hard", "origin/main"]);
  });

  await t.step("what was wrong on the way and is right at the end, passes; empty media too", async () => {
    await film.commit({ "project.json": "{ half" });
    await film.commit({ "project.json": writeManifest(manifest), "01_Assets/Images/empty.png": "" });
    await film.commit({ "mine.png": writePointer(mine) });
    await mustGit(film.path, ["push", "--quiet"]);
  });
});

Deno.test("history is the project's: no rewriting, no deleting, no moving of milestones", async () => {
  await using it = await share();
  const film = await cloneOf(it);
  const push = async (...args: string[]) => (await runGit(film.path, ["push", ...args])).err;
  await film.commit({ "04_Project_Files/a.txt": "one" });
  await mustGit(film.path, ["tag", "cut"]);
  await mustGit(film.path, ["push", "--quiet", "origin", "main", "cut", "HEAD:refs/heads/night"]);
  const head = await it.world.studio.git.head(it.project);
  await mustGit(film.path, ["commit", "--quiet", "--amend", "-m", "another one"]);
  assert.match(await push("--force"), /main would lose commits that it has.*git pull/);
  assert.match(await push("origin", ":main"), /The branch main stays/);
  assert.match(await push("origin", "HEAD:refs/heads/main/night"), /a folder of the other/);
  assert.match(await push("origin", ":cut"), /The tag cut stays/);
  assert.match(await push("--force", "origin", "HEAD:refs/tags/cut"), /a milestone does not move/);
  assert.match(await push("origin", "HEAD:refs/odd/place"), /neither a branch nor a tag/);
  assert.match(await push("origin", "HEAD^{tree}:refs/tags/tree"), /names no commit/);
  assert.equal(await it.world.studio.git.head(it.project), head);
});

Deno.test("a locked file is its owner's, until it is unlocked", async () => {
  await using it = await share();
  const keeper = await cloneOf(it, "owner");
  const other = await cloneOf(it, "artist");
  const filters = { GIT_LFS_SKIP_SMUDGE: "0" };
  for (const clone of [keeper, other]) await mustGit(clone.path, ["lfs", "install", "--local"]);
  const lock = (...args: string[]) => mustGit(keeper.path, ["lfs", ...args], filters);
  await lock("lock", "04_Project_Files/scene.blend");
  await lock("lock", "04_Project_Files/notes.txt");

  await other.commit({ "04_Project_Files/notes.txt": "mine now" });
  // Without git-lfs's own hook, which only polite clients run.
  const refused = await runGit(other.path, ["push", "--no-verify"]);
  assert.match(refused.err, /04_Project_Files\/notes\.txt is locked by Owner\. Ask them/);
  await mustGit(other.path, ["reset", "--quiet", "--hard", "origin/main"]);

  await keeper.commit({
    "04_Project_Files/notes.txt": "the keeper's",
    "04_Project_Files/scene.blend": "blend",
  });
  await mustGit(keeper.path, ["push", "--quiet"], filters);
  // What the other takes over by pulling and merging is not theirs to answer for.
  await other.commit({ "04_Project_Files/other.txt": "beside it" });
  await mustGit(other.path, ["pull", "--quiet", "--no-rebase", "--no-edit"]);
  await mustGit(other.path, ["push", "--quiet", "--no-verify"]);

  await lock("unlock", "04_Project_Files/notes.txt");
  await other.commit({ "04_Project_Files/notes.txt": "mine now" });
  await mustGit(other.path, ["push", "--quiet"], filters);
});

Deno.test("four hundred tags and a chunked push pass the checks, whole", async () => {
  await using it = await share();
  const film = await cloneOf(it);
  const stream = Array.from(
    { length: 400 },
    (_, n) =>
      `commit refs/tags/cut-${n}\ncommitter A <a@b> ${1_700_000_000 + n} +0000\ndata 4\ncut\n` +
      `from refs/heads/main^0\nM 100644 inline n${n}.txt\ndata 2\nx\n\n`,
  ).join("");
  const file = join(it.folder, "stream");
  await Deno.writeTextFile(file, stream);
  const fed = new Deno.Command("sh", {
    args: ["-c", 'exec git -C "$1" fast-import --quiet < "$2"', "sh", film.path, file],
  });
  assert.equal((await fed.output()).code, 0);
  const noise = new Uint8Array(3 * 1024 * 1024);
  for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
  await film.commit({ "04_Project_Files/scene.dat": noise });
  await mustGit(film.path, ["push", "--quiet", "--tags", "origin", "main"]);
  assert.equal((await mustGit(it.gitDir, ["tag"])).trim().split("\n").length, 400);
  assert.deepEqual(await it.world.studio.git.readFile(it.project, "04_Project_Files/scene.dat"), noise);
});

Deno.test("with git-lfs media goes the right way, and a raw one is mended by the words of the refusal", async () => {
  await using it = await share();
  const film = await cloneOf(it);
  const png = crypto.getRandomValues(new Uint8Array(5_000));
  await film.commit({ "01_Assets/Images/keeper.png": png });
  const { err } = await runGit(film.path, ["push"]);
  const command = /git (lfs migrate import [^`]+)`/.exec(err)?.[1];
  assert.ok(command, err);
  const wanted = { GIT_LFS_SKIP_SMUDGE: "0" };
  await mustGit(film.path, ["lfs", "install", "--local"], wanted);
  await mustGit(film.path, [...lfsFilters, ...command.replaceAll('"', "").split(" ")], wanted);
  await mustGit(film.path, [...lfsFilters, "push", "--quiet"], wanted);
  const text = new TextDecoder().decode(
    (await it.world.studio.git.readFile(it.project, "01_Assets/Images/keeper.png"))!,
  );
  assert.match(text, /^version https:\/\/git-lfs/);
});
