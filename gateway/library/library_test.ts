import assert from "node:assert/strict";
import { join } from "@std/path";
import { unzipSync } from "fflate";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { applyOperations } from "../../shared/canvas/operations.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { mustGit, runGit } from "../git/testing.ts";
import { openLfsStory } from "../lfs/testing.ts";
import { s3Skipped } from "../objects/testing.ts";
import { lfsKey, libraryKey } from "../objects/mod.ts";
import { makeTake } from "../takes/testing.ts";
import { lfsFilters } from "../pushes/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { canvasOf, itemsOf, picture, publish, publishNext, putCanvas, use } from "./testing.ts";

const noS3 = await s3Skipped();

const keeper = (images: unknown[], description = "A keeper, grey beard") => ({
  id: "keeper",
  type: "asset",
  title: "The Keeper",
  position: { x: 400, y: 300 },
  description,
  images,
});

Deno.test("a character goes from one film by the library into another, and its versions stay", async () => {
  await using test = await openTestStudio();
  const { studio } = test;
  const film = await test.makeProject("The Lighthouse Keeper");
  const other = await test.makeProject("The Storm");
  const front = await picture(test, film, "keeper.png", 1);
  await putCanvas(test, film, { nodes: [keeper([front])], edges: [] });

  const first = await publish(test, {
    project_id: film.id,
    node_id: "keeper",
    folder: "Characters",
    title: "The Keeper",
    tags: ["sea", " old  man ", "Sea"],
    note: "As in the first cut",
  });
  assert.deepEqual([first.version, first.kind, first.path, first.tags], [
    1,
    "asset",
    "Characters/The Keeper",
    ["sea", "old man"],
  ]);
  // Its bytes went from key to key within the store.
  const { tenant_id } = film;
  assert.ok(await studio.objects.head(libraryKey(tenant_id, front.oid)));

  const side = await picture(test, film, "side.png", 2);
  await putCanvas(test, film, { nodes: [keeper([front, side], "He limps")], edges: [] });
  const second = await publishNext(test, first.id, {
    project_id: film.id,
    node_id: "keeper",
    note: "He limps",
  });
  assert.deepEqual(second.versions.map((each) => [each.version, each.note]), [
    [2, "He limps"],
    [1, "As in the first cut"],
  ]);
  const again = await test.request(`/api/library/items/${first.id}/versions`, {
    method: "POST",
    json: { project_id: film.id, node_id: "keeper" },
  });
  assert.equal(again.status, 422);
  assert.match((await again.json()).detail, /Version 2 of The Keeper is the same/);

  // The first version is what it was, though its file's neighbours changed since.
  const used = await use(test, first.id, 1, other);
  const [node] = used.graph.nodes;
  assert.ok(node?.type === "asset");
  assert.deepEqual([node.images.map((image) => image.path), node.description, node.position], [
    ["01_Assets/Images/keeper.png"],
    "A keeper, grey beard",
    { x: 0, y: 0 },
  ]);
  assert.ok(await studio.objects.head(lfsKey(tenant_id, other.id, front.oid)));
  const made = {
    ...node,
    id: "mine",
    library: { item: first.id, version: used.version, part: node.id },
  };
  const taken = applyOperations(await canvasOf(test, other), [{ op: "add_node", node: made }]);
  assert.ok(taken.ok);
  await putCanvas(test, other, taken.graph);
  await studio.git.settle(other.id);
  const manifest = JSON.parse(
    new TextDecoder().decode((await studio.git.readFile(other, "project.json"))!),
  );
  assert.deepEqual(manifest.canvas.nodes[0].library, { item: first.id, version: 1, part: "keeper" });
  assert.equal(
    new TextDecoder().decode((await studio.git.readFile(other, "01_Assets/Images/keeper.png"))!),
    writePointer(front),
  );
  // Twice files nothing more.
  assert.deepEqual((await use(test, first.id, 1, other)).graph, used.graph);

  const zip = await test.request(`/api/library/items/${first.id}/versions/2/download`);
  const entries = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  assert.deepEqual(Object.keys(entries).sort(), [
    "The Keeper/item.json",
    "The Keeper/keeper.png",
    "The Keeper/side.png",
  ]);
  assert.deepEqual(entries["The Keeper/side.png"], png(32, 24, 2));
});

Deno.test("a group is a template, a file is media; folder, words and tags find them; what is retired stays", async () => {
  await using test = await openTestStudio();
  const film = await test.makeProject("The Lighthouse Keeper");
  const shot = (n: number, parent?: string) => ({
    id: `shot_${n}`,
    type: "shot",
    title: `Shot ${n}`,
    position: { x: 300 * n, y: 80 },
    shot: `SHOT-0${n}0`,
    prompt: `Wave ${n}`,
    ...(parent ? { parent } : {}),
  });
  await putCanvas(test, film, {
    nodes: [
      {
        id: "g",
        type: "group",
        title: "Two waves",
        position: { x: 250, y: 0 },
        size: { width: 800, height: 400 },
      },
      shot(1, "g"),
      shot(2, "g"),
      shot(3),
    ],
    edges: [
      { id: "e1", source: "shot_1", source_port: "shot", target: "shot_2", target_port: "previous" },
      { id: "e2", source: "shot_2", source_port: "shot", target: "shot_3", target_port: "previous" },
    ],
  });
  await makeTake(test, film, { node: "shot_2" });
  const template = await publish(test, {
    project_id: film.id,
    node_id: "g",
    folder: "Pipeline_Templates",
    title: "Two waves",
    tags: ["water"],
  });
  assert.deepEqual([template.kind, template.nodes], ["template", 3]);
  const detail = await (await test.request(`/api/library/items/${template.id}/versions/1`)).json();
  // The wire that leaves the group is none of its own.
  assert.deepEqual(detail.graph.edges.map((edge: { id: string }) => edge.id), ["e1"]);
  assert.deepEqual(detail.graph.nodes.find((node: { id: string }) => node.id === "g").position, {
    x: 0,
    y: 0,
  });

  const logo = await upload(test, film, png(20, 20, 9));
  await fileAsset(test, film, { folder: "Images", name: "Studio logo.png", ...logo });
  const media = await publish(test, {
    project_id: film.id,
    oid: logo.oid,
    file_name: "Studio logo.png",
    folder: "Branding",
    title: "Studio logo",
    tags: ["water", "logo"],
  });
  const poster = await test.request(media.poster_url!, {}, "viewer");
  assert.equal(poster.status, 302);
  const bytes = await test.request(poster.headers.get("location")!, {}, "nobody");
  assert.deepEqual(new Uint8Array(await bytes.arrayBuffer()), png(20, 20, 9));

  const titles = async (query: string) => (await itemsOf(test, query)).items.map((item) => item.title);
  assert.deepEqual(await titles(""), ["Studio logo", "Two waves"]);
  assert.deepEqual(await titles("folder=Branding"), ["Studio logo"]);
  assert.deepEqual(await titles("search=WAVES"), ["Two waves"]);
  assert.deepEqual(await titles("search=logo"), ["Studio logo"]);
  assert.deepEqual(await titles("tag=Water"), ["Studio logo", "Two waves"]);
  assert.deepEqual(await titles("search=%25"), []);
  const first = await itemsOf(test, "limit=1");
  const rest = await itemsOf(test, `limit=1&cursor=${first.next}`);
  assert.deepEqual([first.items[0]!.title, rest.items[0]!.title, rest.next], [
    "Studio logo",
    "Two waves",
    undefined,
  ]);

  const at = `/api/library/items/${template.id}`;
  assert.equal((await test.request(at, { method: "PATCH", json: { retired: true } }, "viewer")).status, 403);
  const patched = await test.request(at, {
    method: "PATCH",
    json: { retired: true, title: "Waves", tags: ["sea"] },
  }, "artist");
  assert.deepEqual([(await patched.json()).version, await titles(""), await titles("retired=true")], [
    1,
    ["Studio logo"],
    ["Waves"],
  ]);
  assert.deepEqual(await titles(`ids=${template.id}`), ["Waves"]);
  const view = await (await test.request("/api/library", {}, "viewer")).json();
  assert.deepEqual(view.tags, [{ tag: "logo", items: 1 }, { tag: "water", items: 1 }]);
  assert.equal(view.folders.find((each: { folder: string }) => each.folder === "Branding").items, 1);
  const publishing = await test.request("/api/library/items", {
    method: "POST",
    json: { project_id: film.id, node_id: "g", folder: "Branding", title: "x" },
  }, "viewer");
  assert.equal(publishing.status, 403);
});

Deno.test("the library is cloned and pushed with git and git-lfs: new versions come in, old ones stay, locks hold", async (t) => {
  await using test = await openTestStudio();
  const { studio } = test;
  const url = await test.serve();
  const film = await test.makeProject("The Lighthouse Keeper");
  const front = await picture(test, film, "keeper.png", 1);
  await putCanvas(test, film, { nodes: [keeper([front])], edges: [] });
  const item = await publish(test, {
    project_id: film.id,
    node_id: "keeper",
    folder: "Characters",
    title: "Keeper",
  });
  const folder = await Deno.makeTempDir({ prefix: "studio-library-" });
  try {
    const { git_url } = await (await test.request("/api/library")).json();
    assert.equal(git_url, `${url}/git/${film.tenant_slug}/Library.git`);
    const address = (as: "owner" | "artist" | "viewer" | "stranger", token?: string) =>
      git_url.replace("://", `://${as}:${token ?? test.tokens[as as "owner"]}@`);
    await mustGit(folder, [...lfsFilters, "clone", "--quiet", address("artist"), "library"], {
      GIT_LFS_SKIP_SMUDGE: "0",
    });
    const clone = join(folder, "library");
    for (
      const [name, value] of lfsFilters.filter((each) => each !== "-c").map((each) => each.split("=", 2))
    ) {
      await mustGit(clone, ["config", name!, value!]);
    }
    const at = join(clone, "Characters/Keeper");
    assert.deepEqual(await Deno.readFile(join(at, "keeper.png")), png(32, 24, 1));
    const manifest = JSON.parse(await Deno.readTextFile(join(at, "item.json")));

    const push = async (change: () => Promise<unknown> | unknown, files: Record<string, unknown> = {}) => {
      await change();
      for (const [path, content] of Object.entries(files)) {
        await Deno.mkdir(join(clone, path, ".."), { recursive: true });
        await Deno.writeTextFile(join(clone, path), JSON.stringify(content, null, 2));
      }
      await mustGit(clone, ["add", "--all"]);
      await mustGit(clone, ["commit", "--quiet", "-m", "By hand"]);
      await runGit(clone, ["lfs", "push", "origin", "HEAD"]);
      return await runGit(clone, ["push"]);
    };
    const refused = (name: string, words: RegExp, files: Record<string, unknown>, change = () => {}) =>
      t.step(name, async () => {
        const { code, err } = await push(change, files);
        assert.notEqual(code, 0);
        assert.match(err, words);
        await mustGit(clone, ["reset", "--quiet", "--hard", "origin/main"]);
        await mustGit(clone, ["clean", "--quiet", "-fd"]);
      });
    const changed = (more: object, content: object = {}) => ({
      "Characters/Keeper/item.json": {
        ...manifest,
        ...more,
        content: { ...manifest.content, ...content },
      },
    });
    const younger = {
      graph: { nodes: [{ ...manifest.content.graph.nodes[0], description: "Young" }], edges: [] },
    };
    await refused("other content under a published version", /version 1 is published.*Make it version 2/, {
      ...changed({}, younger),
    });
    await refused("a file that is not there", /names gone\.png.*no such file/, {
      ...changed({ version: 2 }, {
        files: [{ ...manifest.content.files[0], name: "gone.png" }],
        graph: { nodes: [{ ...manifest.content.graph.nodes[0], images: [] }], edges: [] },
        poster: undefined,
      }),
    });
    await refused("an item that goes", /item\.json was removed.*retired/, {}, async () => {
      await Deno.remove(at, { recursive: true });
    });
    await refused("nonsense", /item\.json: the whole: .*expected object/, {
      "Characters/Keeper/item.json": "nonsense",
    });
    await refused("an item where none can be", /lies where no item can/, { "Elsewhere/x/item.json": {} });
    await refused("a copy with the same id", /has the id of Characters\/Keeper\/item\.json/, {
      "Styles/Keeper/item.json": {
        ...manifest,
        content: {
          ...manifest.content,
          files: [],
          poster: undefined,
          graph: { nodes: [{ ...manifest.content.graph.nodes[0], images: [] }], edges: [] },
        },
      },
    });

    await t.step("two versions in one push", async () => {
      await Deno.writeTextFile(
        join(at, "item.json"),
        JSON.stringify(
          changed({ version: 2, note: "Young" }, younger)["Characters/Keeper/item.json"],
          null,
          2,
        ),
      );
      await mustGit(clone, ["commit", "--quiet", "-am", "Young"]);
      const pushed = await push(
        () => Deno.writeFile(join(at, "map.psd"), new TextEncoder().encode("layers")),
        changed({ version: 3, note: "By hand", tags: ["hand"] }),
      );
      assert.equal(pushed.code, 0, pushed.err);
      const seen = await (await test.request(`/api/library/items/${item.id}`)).json();
      assert.deepEqual(
        seen.versions.map((each: { version: number; note: string }) => [each.version, each.note]),
        [
          [3, "By hand"],
          [2, "Young"],
          [1, ""],
        ],
      );
      assert.deepEqual(seen.tags, ["hand"]);
    });
    await t.step("a version by the studio lands on top, and comes with the next pull", async () => {
      const same = await test.request(`/api/library/items/${item.id}/versions`, {
        method: "POST",
        json: { project_id: film.id, node_id: "keeper" },
      });
      assert.equal(same.status, 422);
      await putCanvas(test, film, { nodes: [keeper([front], "Old again")], edges: [] });
      assert.equal((await publishNext(test, item.id, { project_id: film.id, node_id: "keeper" })).version, 4);
      await mustGit(clone, ["pull", "--quiet"]);
      assert.equal(JSON.parse(await Deno.readTextFile(join(at, "item.json"))).version, 4);
      assert.match(await mustGit(clone, ["log", "-1", "--format=%s"]), /^Publish Keeper, version 4/);
    });
    await t.step("what an artist has locked, nobody else publishes over", async () => {
      await mustGit(clone, ["lfs", "lock", "Characters/Keeper/keeper.png"]);
      const back = await picture(test, film, "keeper.png", 3);
      await putCanvas(test, film, { nodes: [keeper([{ ...back, path: "x/keeper.png" }])], edges: [] });
      const stopped = await test.request(`/api/library/items/${item.id}/versions`, {
        method: "POST",
        json: { project_id: film.id, node_id: "keeper" },
      }, "owner");
      assert.equal(stopped.status, 423);
      assert.match((await stopped.json()).detail, /Characters\/Keeper\/keeper\.png is locked by Test artist/);
      assert.equal((await publishNext(test, item.id, { project_id: film.id, node_id: "keeper" })).version, 5);
    });
    await t.step("a viewer clones and does not push; a stranger sees nothing", async () => {
      await mustGit(folder, ["clone", "--quiet", address("viewer"), "seen"]);
      await mustGit(join(folder, "seen"), ["commit", "--quiet", "--allow-empty", "-m", "x"]);
      assert.match((await runGit(join(folder, "seen"), ["push"])).err, /403|viewer/);
      const other = await test.secondTenant();
      const stranger = await runGit(folder, ["ls-remote", address("stranger", other.token)]);
      assert.notEqual(stranger.code, 0);
      // Nor does asking make one for a studio that has none yet.
      const theirs = `${url}/git/${other.owner.tenant_slug}/Library.git/info/refs?service=git-upload-pack`;
      assert.equal((await test.request(theirs)).status, 404);
      const made = await studio.db.sql`select 1 from libraries where tenant_id = ${other.owner.tenant_id}`;
      assert.equal(made.length, 0);
    });
    assert.equal((await mustGit(clone, ["fsck", "--strict"])).includes("error"), false);
    // An index that is lost is read again from Git, every version of it.
    const before = await (await test.request(`/api/library/items/${item.id}`)).json();
    const library = await studio.library.of(test.owner);
    for (const known of [null, "0".repeat(40)]) {
      await studio.db.sql`update library_versions set note = 'lost'`;
      await studio.db.sql`update libraries set read_sha = ${known}`;
      await studio.library.read(library);
      assert.deepEqual(await (await test.request(`/api/library/items/${item.id}`)).json(), before);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "in a bucket, too, an item's bytes go from key to key of the store, and out to whoever may see them",
  ignore: noS3,
  async fn() {
    await using story = await openLfsStory("S3");
    const { test, project } = story;
    const front = await picture(test, project, "keeper.png", 1);
    await putCanvas(test, project, { nodes: [keeper([front])], edges: [] });
    const source = { project_id: project.id, node_id: "keeper" };
    const item = await publish(test, { ...source, folder: "Characters", title: "Keeper" });
    const other = await test.makeProject("The Storm");
    const { graph } = await use(test, item.id, 1, other);
    const [node] = graph.nodes;
    assert.equal(node?.type === "asset" && node.images[0]!.oid, front.oid);
    const stored = await test.studio.objects.head(lfsKey(other.tenant_id, other.id, front.oid));
    assert.deepEqual(stored, { size: front.size, sha256: front.oid });
    const poster = await test.request(item.poster_url!);
    const bytes = await fetch(poster.headers.get("location")!);
    assert.deepEqual(new Uint8Array(await bytes.arrayBuffer()), png(32, 24, 1));
  },
});

Deno.test("two people publish at once, and each gets a version of their own", async () => {
  await using test = await openTestStudio();
  const film = await test.makeProject();
  const note = (text: string, id: string) => ({
    id,
    type: "note",
    title: "Rules",
    position: { x: 0, y: 0 },
    text,
  });
  await putCanvas(test, film, { nodes: [note("0", "n")], edges: [] });
  const source = { project_id: film.id, node_id: "n" };
  const { id } = await publish(test, { ...source, folder: "Styles", title: "Rules" });
  await putCanvas(test, film, { nodes: ["1", "2", "3", "4"].map((n) => note(n, `n${n}`)), edges: [] });
  const versions = await Promise.all(
    ["1", "2", "3", "4"].map(async (n) =>
      (await publishNext(test, id, { ...source, node_id: `n${n}`, note: n }, n < "3" ? "owner" : "artist"))
        .version
    ),
  );
  const item = await (await test.request(`/api/library/items/${id}`)).json();
  assert.equal(item.version, 5);
  assert.equal(new Set(item.versions.map((each: { note: string }) => each.note)).size, 5);
  assert.ok(versions.every((version) => version >= 2));
});
