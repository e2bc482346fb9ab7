import assert from "node:assert/strict";
import type { Asset, AssetFolder } from "../../shared/assets/asset.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import { openTestStudio } from "../testing/studio.ts";

Deno.test("a duplicate begins where the other film is: settings, canvas, media; and goes its own way", async () => {
  await using test = await openTestStudio();
  const from = await test.makeProject("The Storm", { fps: "25", width: 640, height: 360 });
  const ask = async <T>(path: string, init: { method?: string; json?: unknown } = {}, status = 200) => {
    const answer = await test.request(path, init);
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    return JSON.parse(text) as T;
  };
  const bring = async (name: string, folder: AssetFolder, seed: number) => {
    const filed = await fileAsset(test, from, { folder, name, ...await upload(test, from, png(8, 8, seed)) });
    return await filed.json() as Asset;
  };
  const keeper = await bring("Keeper.png", "Images", 1);
  const mask = await bring("m.png", "Masks", 2);
  const ref = ({ path, oid, size }: typeof keeper) => ({ path, oid, size });
  const place = { position: { x: 0, y: 0 } };
  const graph = {
    nodes: [
      { id: "k", type: "asset", title: "Keeper", images: [ref(keeper)], ...place },
      { id: "e", type: "edit_image", title: "Edit", shot: "EDIT-010", mask: ref(mask), ...place },
    ],
    edges: [],
  };
  await ask(`/api/projects/${from.id}/canvas`, { method: "PUT", json: { graph } });

  type View = { id: string; slug: string; title: string; fps: string; width: number };
  const to = await ask<View>(
    `/api/projects/${from.id}/duplicates`,
    { method: "POST", json: { title: "The Storm, darker" } },
    201,
  );
  assert.deepEqual([to.slug, to.fps, to.width], ["The-Storm-darker", "25", 640]);
  const read = (id: string) => ask<{ graph: unknown }>(`/api/projects/${id}/canvas`);
  assert.deepEqual((await read(to.id)).graph, (await read(from.id)).graph);
  const { items } = await ask<{ items: { name: string; file_url: string }[] }>(
    `/api/projects/${to.id}/assets`,
  );
  assert.deepEqual(items.map((item) => item.name), ["Keeper.png"]);
  const row = await test.studio.projects.find(test.owner.tenant_id, to.id);
  await test.studio.git.settle(row.id);
  for (const file of [keeper, mask]) {
    assert.ok(await test.studio.git.readFile(row, file.path), `${file.path} is in its repository`);
    assert.equal(await test.studio.lfs.ready(test.studio.db.sql, row.id, file.oid), file.size);
  }

  await ask(`/api/projects/${to.id}/canvas`, { method: "PUT", json: { graph: { nodes: [], edges: [] } } });
  assert.equal((await test.studio.canvas.read(test.studio.db.sql, from.id)).graph.nodes.length, 2);
  await ask(`/api/projects/${from.id}/duplicates`, { method: "POST", json: { title: " " } }, 400);
});
