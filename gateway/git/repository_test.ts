import assert from "node:assert/strict";
import { join } from "@std/path";
import fc from "fast-check";
import { gitAttributes } from "./attributes.ts";
import { repack } from "./maintenance.ts";
import { checkPath } from "./paths.ts";
import { commitToBranch } from "./swap.ts";
import { commitCount, MANIFEST, mustGit, openGitWorld, runGit, treeOf } from "./testing.ts";

Deno.test("a project's repository", async (t) => {
  await using world = await openGitWorld();

  await t.step("begins with the scaffold, and git fsck finds nothing", async () => {
    const project = await world.makeProject();
    const gitDir = world.git.path(project);
    assert.equal(gitDir, join(world.dataDir, "repositories", "harbour", `${project.slug}.git`));
    assert.deepEqual(await treeOf(gitDir), [
      ".gitattributes",
      ".gitignore",
      "01_Assets/Audio/.gitkeep",
      "01_Assets/Images/.gitkeep",
      "01_Assets/Video/.gitkeep",
      "02_Source_Creative/.gitkeep",
      "03_Renders/.gitkeep",
      "04_Project_Files/.gitkeep",
      "06_Exports/.gitkeep",
      "project.json",
    ]);
    assert.equal(new TextDecoder().decode((await world.git.readFile(project, "project.json"))!), MANIFEST);
    assert.equal(await mustGit(gitDir, ["fsck", "--strict", "--full"]), "");
    assert.equal((await mustGit(gitDir, ["for-each-ref", "--format=%(refname)"])).trim(), "refs/heads/main");
  });

  await t.step("in a clone, media of any case goes through LFS, and the cache is ignored", async () => {
    const project = await world.makeProject();
    const clone = join(world.dataDir, `clone-${project.slug}`);
    await mustGit(world.dataDir, ["clone", "--quiet", world.git.path(project), clone]);
    const filter = async (path: string) =>
      (await mustGit(clone, ["check-attr", "filter", "lockable", "--", path])).split("\n").map((line) =>
        line.split(": ").at(-1)
      ).slice(0, 2);
    assert.deepEqual(await filter("03_Renders/A/A_v01_take01.mp4"), ["lfs", "set"]);
    assert.deepEqual(await filter("01_Assets/Video/DSC_0001.MOV"), ["lfs", "set"]);
    assert.deepEqual(await filter("project.json"), ["unspecified", "unspecified"]);
    assert.equal((await runGit(clone, ["check-ignore", "-q", "05_Cache/proxy.mp4"])).code, 0);
    assert.doesNotMatch(gitAttributes(), /\*\.\[jJ\]\[sS\]\[oO\]\[nN\]/);
  });

  await t.step("creating a repository twice, or by two gateways at once, makes one", async () => {
    const project = await world.makeProject();
    const head = await world.git.head(project);
    await world.git.createRepository(project, '{"other": true}\n');
    assert.equal(await world.git.head(project), head);

    const twin = { ...project, slug: "Twin" };
    const gateways = [world.git, world.anotherGateway(), world.anotherGateway()];
    await Promise.all(gateways.map((git) => git.createRepository(twin, MANIFEST)));
    assert.equal(await commitCount(world.git.path(twin)), 1);
  });

  await t.step("what a dying gateway left half-made is neither a repository nor kept for ever", async () => {
    const half = join(world.dataDir, "repositories", "harbour", ".making-old-Film.git");
    await Deno.mkdir(half, { recursive: true });
    await Deno.utime(half, 1, 1);
    await world.makeProject();
    await assert.rejects(Deno.stat(half), Deno.errors.NotFound);
  });

  await t.step("a commit keeps every byte of every file, whatever the names and contents", async () => {
    const project = await world.makeProject();
    const segment = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((text) => {
        try {
          checkPath(text);
          return !text.includes("/");
        } catch {
          return false;
        }
      });
    await fc.assert(
      fc.asyncProperty(segment, segment, fc.uint8Array({ maxLength: 400 }), async (folder, name, content) => {
        const path = `01_Assets/x${folder}/y${name}`;
        await world.git.commit(project, { message: name, author: folder, changes: [{ path, content }] });
        assert.deepEqual(await world.git.readFile(project, path), Uint8Array.from(content));
      }),
      { numRuns: 15 },
    );
    const awkward = '03_Renders/"quoted" back\'tick`/$(touch x) é 日本 🎬.txt';
    const content = "data 3\ndone\n\nM 100644 inline evil\n";
    await world.git.commit(project, { message: "x", author: "y", changes: [{ path: awkward, content }] });
    assert.equal(new TextDecoder().decode((await world.git.readFile(project, awkward))!), content);
    assert.equal(await mustGit(world.git.path(project), ["fsck", "--strict"]), "");
  });

  await t.step(
    "titles with quotes, newlines, emoji and angle brackets stay words of a sound commit",
    async () => {
      const project = await world.makeProject();
      const names = [
        "Eve <eve@x>\nauthor Mallory <m@x> 0 +0000",
        "",
        "…",
        "\u0000",
        '"; rm -rf /',
        "Zoë 🎬",
        "<>",
      ];
      for (const [index, name] of names.entries()) {
        const sha = await world.git.commit(project, {
          message: `${name}\n\nfrom refs/heads/main\ndata 5\n`,
          author: name,
          changes: [{ path: "note.txt", content: String(index) }],
        });
        assert.match(sha!, /^[0-9a-f]{40}$/);
      }
      const gitDir = world.git.path(project);
      assert.equal(await commitCount(gitDir), 1 + names.length);
      assert.equal(await mustGit(gitDir, ["fsck", "--strict"]), "");
      const authors = (await mustGit(gitDir, ["log", "--format=%an|%ae"])).trim().split("\n");
      assert.ok(authors.every((author) => author.endsWith("|gateway@studio.invalid")), authors.join("\n"));
      assert.ok(authors.includes("Zoë 🎬|gateway@studio.invalid"));
    },
  );

  await t.step("a commit that would change nothing is none; a removal is one", async () => {
    const project = await world.makeProject();
    const write = (content: string | null) =>
      world.git.commit(project, {
        message: "m",
        author: "a",
        changes: [{ path: "01_Assets/a.txt", content }],
      });
    const first = await write("one");
    assert.notEqual(first, null);
    assert.equal(await write("one"), null);
    assert.equal(await world.git.head(project), first);
    assert.notEqual(await write(null), null);
    assert.equal(await world.git.readFile(project, "01_Assets/a.txt"), null);
    assert.equal(await write(null), null);
    const path = "project.json";
    const there = { path, content: MANIFEST };
    const twice = { message: "m", author: "a", changes: [{ path, content: "{}\n" }, there] };
    assert.equal(await world.git.commit(project, twice), null);
    assert.equal(await mustGit(world.git.path(project), ["fsck", "--strict"]), "");
  });

  await t.step("paths that leave the repository or harm a clone are refused", async () => {
    const project = await world.makeProject();
    const head = await world.git.head(project);
    const paths = [
      "",
      "/etc/passwd",
      "../x",
      "a/../../x",
      "a/./b",
      "a//b",
      "a/",
      ".git/config",
      "a/.GIT/hooks/post-checkout",
      "a/.git. /x",
      "a/.g\u200cit/x",
      "git~1/x",
      "a\nb",
      "a\0b",
      "a\\b",
      "\ud800",
      "x".repeat(5000),
    ];
    for (const path of paths) {
      const refused = world.git.commit(project, {
        message: "m",
        author: "a",
        changes: [{ path, content: "x" }],
      });
      await assert.rejects(refused, /Cannot commit/, JSON.stringify(path));
    }
    assert.equal(await world.git.head(project), head);
    assert.throws(() => world.git.path({ tenant_slug: "harbour", slug: "../../etc" }), /Cannot name/);
    await assert.rejects(world.git.head(project, "../main"), /branch name/);
  });

  await t.step("a push that comes between is kept, and the commit follows it", async () => {
    const project = await world.makeProject();
    const gitDir = world.git.path(project);
    const clone = join(world.dataDir, `clone-${project.slug}`);
    await mustGit(world.dataDir, ["clone", "--quiet", gitDir, clone]);
    let pushes = 0;
    const sha = await commitToBranch(gitDir, "main", {
      message: "by the gateway",
      author: "Studio",
      changes: [{ path: "03_Renders/a.txt", content: "render" }],
    }, {
      async beforeSwap() {
        if (pushes++ >= 2) return;
        await Deno.writeTextFile(join(clone, `by-hand-${pushes}.txt`), "by hand");
        await mustGit(clone, ["add", "."]);
        await mustGit(clone, ["commit", "--quiet", "-m", `by hand ${pushes}`]);
        await mustGit(clone, ["push", "--quiet"]);
      },
    });
    assert.equal(await world.git.head(project), sha);
    const subjects = (await mustGit(gitDir, ["log", "--format=%s"])).trim().split("\n");
    assert.deepEqual(subjects, ["by the gateway", "by hand 2", "by hand 1", "Begin the project"]);
    const tree = await treeOf(gitDir);
    assert.ok(["03_Renders/a.txt", "by-hand-1.txt", "by-hand-2.txt"].every((path) => tree.includes(path)));
  });

  await t.step("commits of three gateways at once are all there", async () => {
    const project = await world.makeProject();
    const gateways = [world.git, world.anotherGateway(), world.anotherGateway()];
    await Promise.all(Array.from({ length: 12 }, (_, n) =>
      gateways[n % 3]!.commit(project, {
        message: `take ${n}`,
        author: "Studio",
        changes: [{ path: `03_Renders/${n}.txt`, content: String(n) }],
      })));
    const gitDir = world.git.path(project);
    assert.equal(await commitCount(gitDir), 13);
    assert.equal((await treeOf(gitDir)).filter((path) => /^03_Renders\/\d+\.txt$/.test(path)).length, 12);
    assert.equal((await mustGit(gitDir, ["for-each-ref", "--format=%(refname)"])).trim(), "refs/heads/main");
  });

  await t.step("a lock that a dead machine left is cleared away", async () => {
    const project = await world.makeProject();
    const gitDir = world.git.path(project);
    const impatient = "[core]\n\tfilesRefLockTimeout = 50\n\tpackedRefsTimeout = 50\n";
    await Deno.writeTextFile(join(gitDir, "config"), impatient, { append: true });
    for (const lock of ["refs/heads/main.lock", "HEAD.lock", "packed-refs.lock"]) {
      await Deno.writeTextFile(join(gitDir, lock), "");
      await Deno.utime(join(gitDir, lock), 1_000_000, 1_000_000);
      const sha = await world.git.commit(project, {
        message: lock,
        author: "Studio",
        changes: [{ path: "note.txt", content: lock }],
      });
      assert.equal(await world.git.head(project), sha);
      await assert.rejects(Deno.stat(join(gitDir, lock)), Deno.errors.NotFound);
    }
  });

  await t.step("a lock that is held now is waited for, not broken", async () => {
    const project = await world.makeProject();
    const gitDir = world.git.path(project);
    await Deno.writeTextFile(join(gitDir, "config"), "[core]\n\tfilesRefLockTimeout = 20\n", {
      append: true,
    });
    const lock = join(gitDir, "refs/heads/main.lock");
    await Deno.writeTextFile(lock, "held");
    const committing = world.git.commit(project, {
      message: "waits",
      author: "Studio",
      changes: [{ path: "note.txt", content: "x" }],
    });
    const release = setTimeout(() => Deno.removeSync(lock), 200);
    assert.match((await committing)!, /^[0-9a-f]{40}$/);
    clearTimeout(release);
  });

  await t.step("packing what has gathered loses nothing", async () => {
    const project = await world.makeProject();
    const gitDir = world.git.path(project);
    const write = (n: number) =>
      world.git.commit(project, {
        message: `${n}`,
        author: "a",
        changes: [{ path: `n${n}.txt`, content: String(n) }],
      });
    for (const n of [1, 2]) {
      await write(n);
      await repack(gitDir);
    }
    await write(3);
    const counts = await mustGit(gitDir, ["count-objects", "-v"]);
    assert.match(counts, /^count: 3$/m);
    assert.equal(await mustGit(gitDir, ["fsck", "--strict"]), "");
    assert.equal(await commitCount(gitDir), 4);
  });

  await t.step("a repository that cannot be read is an error, not an empty one", async () => {
    const project = await world.makeProject();
    const elsewhere = { ...project, slug: "Nowhere" };
    await assert.rejects(world.git.head(elsewhere), /Cannot read branch main/);
    await assert.rejects(world.git.readFile(elsewhere, "project.json"), /Cannot read/);
    assert.equal(await world.git.head(project, "another-direction"), null);
  });
});
