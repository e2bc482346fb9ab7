import assert from "node:assert/strict";
import { unzipSync } from "fflate";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { applyOperations } from "../../shared/canvas/operations.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { openLfsStory } from "../lfs/testing.ts";
import { s3Skipped } from "../objects/testing.ts";
import { lfsKey, libraryKey } from "../objects/mod.ts";
import { makeTake } from "../takes/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { canvasOf, itemsOf, keeper, picture, publish, publishNext, putCanvas, use } from "./testing.ts";

const noS3 = await s3Skipped();

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
