import assert from "node:assert/strict";
import { join } from "@std/path";
import { parsePointer, writePointer } from "../../shared/lfs/pointer.ts";
import { share } from "./sharing.ts";
import { mustGit, runGit } from "./testing.ts";

Deno.test("an artist clones the whole folder with pointers, changes it and pushes", async () => {
  await using it = await share();
  const pointer = writePointer({ oid: "ab".repeat(32), size: 12 });
  await it.world.studio.git.commit(it.project, {
    message: "a take",
    author: "Studio",
    changes: [{ path: "03_Renders/SHOT-010/SHOT-010_v01_take01.mp4", content: pointer }],
  });
  await mustGit(it.folder, ["clone", "--quiet", it.url("artist"), "film"]);
  const film = join(it.folder, "film");
  assert.equal(await mustGit(film, ["status", "--porcelain"]), "");
  assert.equal(
    await Deno.readTextFile(join(film, "03_Renders/SHOT-010/SHOT-010_v01_take01.mp4")),
    pointer,
  );
  assert.equal((await Deno.stat(join(film, "01_Assets/Images"))).isDirectory, true);

  await Deno.writeTextFile(join(film, "04_Project_Files/notes.txt"), "lamp in the fog\n");
  await mustGit(film, ["add", "."]);
  await mustGit(film, ["commit", "--quiet", "-m", "Notes"]);
  await mustGit(film, ["push", "--quiet"]);
  const notes = await it.world.studio.git.readFile(it.project, "04_Project_Files/notes.txt");
  assert.equal(new TextDecoder().decode(notes!), "lamp in the fog\n");

  await it.world.studio.git.commit(it.project, {
    message: "by the gateway",
    author: "Studio",
    changes: [{ path: "03_Renders/x.txt", content: "x" }],
  });
  await mustGit(film, ["pull", "--quiet"]);
  assert.equal(await Deno.readTextFile(join(film, "03_Renders/x.txt")), "x");
});

Deno.test("a repository with four hundred tags clones over every protocol version", async () => {
  await using it = await share();
  await mustGit(it.folder, ["clone", "--quiet", it.gitDir, "source"]);
  const source = join(it.folder, "source");
  // Each tag its own commit, so that a fetch has much to say and its request comes gzip'd.
  const stream = Array.from(
    { length: 400 },
    (_, n) =>
      `commit refs/tags/cut-${n}\ncommitter A <a@b> ${
        1_700_000_000 + n
      } +0000\ndata 4\ncut\nfrom refs/heads/main^0\n` +
      `M 100644 inline n${n}.txt\ndata 2\nx\n\n`,
  ).join("");
  const file = join(it.folder, "stream");
  await Deno.writeTextFile(file, stream);
  await mustGit(it.folder, ["-c", "core.pager=", "--git-dir", it.gitDir, "config", "gc.auto", "0"]);
  const fed = new Deno.Command("sh", {
    args: ["-c", 'exec git --git-dir "$1" fast-import --quiet < "$2"', "sh", it.gitDir, file],
  });
  assert.equal((await fed.output()).code, 0);
  await mustGit(source, ["fetch", "--quiet", "--tags", it.gitDir]);
  for (const version of ["0", "2"]) {
    const name = `clone-${version}`;
    await mustGit(it.folder, [
      "-c",
      `protocol.version=${version}`,
      "clone",
      "--quiet",
      it.url("viewer"),
      name,
    ]);
    const tags = (await mustGit(join(it.folder, name), ["tag"])).trim().split("\n");
    assert.equal(tags.length, 400);
    // A fetch that has all of it negotiates with 400 haves.
    await mustGit(join(it.folder, name), ["-c", `protocol.version=${version}`, "fetch", "--quiet", "--tags"]);
  }
  await mustGit(source, ["-c", "protocol.version=0", "fetch", "--quiet", it.url("artist"), "main"]);
});

Deno.test("with git-lfs an artist has the films themselves, and what they push is stored", async () => {
  await using it = await share();
  const { studio } = it.world;
  const bytes = new TextEncoder().encode("a film of sixty seconds");
  const film = await studio.lfs.store(it.project, bytes);
  await studio.git.commit(it.project, {
    message: "a take",
    author: "Studio",
    changes: [{ path: "03_Renders/SHOT-010/SHOT-010_v01_take01.mp4", content: writePointer(film) }],
  });
  // What `git lfs install` writes into a person's configuration.
  const lfs = [
    ["clean", "git-lfs clean -- %f"],
    ["smudge", "git-lfs smudge -- %f"],
    ["process", "git-lfs filter-process"],
    ["required", "true"],
  ].flatMap(([key, value]) => ["-c", `filter.lfs.${key}=${value}`]);
  const wanted = { GIT_LFS_SKIP_SMUDGE: "0" };
  await mustGit(it.folder, [...lfs, "clone", "--quiet", it.url("artist"), "film"], wanted);
  const clone = join(it.folder, "film");
  assert.deepEqual(
    await Deno.readFile(join(clone, "03_Renders/SHOT-010/SHOT-010_v01_take01.mp4")),
    bytes,
  );
  assert.equal(await mustGit(clone, [...lfs, "status", "--porcelain"], wanted), "");

  await mustGit(clone, ["lfs", "install", "--local"]);
  const keeper = new TextEncoder().encode("\x89PNG of the keeper");
  await Deno.writeFile(join(clone, "01_Assets/Images/Keeper.PNG"), keeper);
  await mustGit(clone, ["add", "."]);
  await mustGit(clone, ["commit", "--quiet", "-m", "The keeper"]);
  await mustGit(clone, ["push", "--quiet"]);
  const text = new TextDecoder().decode(
    (await studio.git.readFile(it.project, "01_Assets/Images/Keeper.PNG"))!,
  );
  const pointer = parsePointer(text);
  assert.ok(pointer, text);
  assert.equal(await studio.lfs.ready(studio.db.sql, it.project.id, pointer.oid), keeper.length);
});

Deno.test("a push larger than git's post buffer arrives chunked and whole", async () => {
  await using it = await share();
  await mustGit(it.folder, ["clone", "--quiet", it.url("artist"), "film"]);
  const film = join(it.folder, "film");
  const noise = new Uint8Array(3 * 1024 * 1024);
  for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
  await Deno.writeFile(join(film, "04_Project_Files/scene.dat"), noise);
  await mustGit(film, ["add", "."]);
  await mustGit(film, ["commit", "--quiet", "-m", "A scene"]);
  await mustGit(film, ["push", "--quiet"]);
  const scene = await it.world.studio.git.readFile(it.project, "04_Project_Files/scene.dat");
  assert.deepEqual(scene, noise);
});

Deno.test("who may not, is told so: viewers push nothing, nobody signs in, strangers see nothing", async () => {
  await using it = await share();
  await mustGit(it.folder, ["clone", "--quiet", it.url("viewer"), "film"]);
  const film = join(it.folder, "film");
  await mustGit(film, ["commit", "--quiet", "--allow-empty", "-m", "by a viewer"]);
  const pushed = await runGit(film, ["push"]);
  assert.notEqual(pushed.code, 0);
  assert.match(pushed.err, /You may clone and fetch, but not push. This needs the role artist/);
  assert.equal(
    await it.world.studio.git.head(it.project),
    (await mustGit(film, ["rev-parse", "HEAD~"])).trim(),
  );

  const path = `/git/${it.project.tenant_slug}/${it.project.slug}.git/info/refs?service=git-upload-pack`;
  const anonymous = await it.world.request(path, {}, "nobody");
  assert.equal(anonymous.status, 401);
  assert.match(anonymous.headers.get("www-authenticate")!, /^Basic /);
  assert.notEqual((await runGit(it.folder, ["clone", it.url("nobody"), "stolen"])).code, 0);

  const other = await it.world.secondTenant();
  const foreign = await other.request(path);
  assert.equal(foreign.status, 404);
  const unknown = await other.request(path.replace(it.project.slug, "No-Such-Film"));
  assert.equal(unknown.status, 404);
  await anonymous.body?.cancel();
  await foreign.body?.cancel();
  await unknown.body?.cancel();
});

Deno.test("history is neither rewritten nor deleted over the wire", async () => {
  await using it = await share();
  await mustGit(it.folder, ["clone", "--quiet", it.url("owner"), "film"]);
  const film = join(it.folder, "film");
  await mustGit(film, ["commit", "--quiet", "--allow-empty", "-m", "one"]);
  await mustGit(film, ["push", "--quiet"]);
  const head = await it.world.studio.git.head(it.project);
  await mustGit(film, ["commit", "--quiet", "--amend", "--allow-empty", "-m", "another one"]);
  assert.match((await runGit(film, ["push", "--force"])).err, /denying non-fast-forward|\[remote rejected\]/);
  assert.match(
    (await runGit(film, ["push", "origin", ":main"])).err,
    /deletion prohibited|\[remote rejected\]/,
  );
  assert.equal(await it.world.studio.git.head(it.project), head);
});

Deno.test("files of the repository are not to be had by name, nor any path beside the protocol", async () => {
  await using it = await share();
  const base = `/git/${it.project.tenant_slug}/${it.project.slug}.git`;
  for (
    const path of [
      "/HEAD",
      "/config",
      "/objects/info/packs",
      "/info/refs",
      "/info/refs?service=git-shell",
      "/info/refs?service=git-upload-archive",
      "/../../../config",
      "/%2e%2e/%2e%2e/config",
    ]
  ) {
    const answer = await it.world.request(base + path);
    await answer.body?.cancel();
    assert.ok([403, 404].includes(answer.status), `${path}: ${answer.status}`);
  }
  const traversal = await it.world.request(
    `/git/${it.project.tenant_slug}/..%2f..%2fetc.git/info/refs?service=git-upload-pack`,
  );
  await traversal.body?.cancel();
  assert.equal(traversal.status, 404);
});

Deno.test("rubbish in the body is the client's fault, and the gateway goes on", async () => {
  await using it = await share();
  const base = `/git/${it.project.tenant_slug}/${it.project.slug}.git`;
  const head = await it.world.studio.git.head(it.project);
  const rubbish: [service: string, headers: Record<string, string>][] = [
    ["git-receive-pack", {}],
    ["git-receive-pack", { "content-type": "text/plain" }],
    ["git-receive-pack", { "content-encoding": "gzip" }],
    ["git-receive-pack", { "content-length": "999999" }],
    ["git-upload-pack", {}],
    ["git-upload-pack", { "content-encoding": "gzip" }],
    ["git-upload-pack", { "content-encoding": "brotli", "git-protocol": "version=2;$(id)" }],
  ];
  for (const [service, headers] of rubbish) {
    const answer = await it.world.request(`${base}/${service}`, {
      method: "POST",
      headers: { "content-type": `application/x-${service}-request`, ...headers },
      body: "this is no pack",
    });
    await answer.text();
    assert.ok(answer.status < 500, `${service} ${JSON.stringify(headers)}: ${answer.status}`);
    assert.equal(await it.world.studio.git.head(it.project), head);
  }
  await mustGit(it.folder, ["clone", "--quiet", it.url("artist"), "film"]);
});
