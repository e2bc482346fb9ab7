import assert from "node:assert/strict";
import type {
  LibraryItem,
  LibraryItemDetail,
  PublishItem,
  PublishVersion,
  UsedItem,
} from "../../shared/api/library.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import { Graph as GraphSchema } from "../../shared/canvas/graph.ts";
import { fileAsset, png, upload } from "../assets/testing.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { As, TestStudio } from "../testing/studio.ts";

/** A grey picture, filed in a project's media: what a node of it holds. */
export async function picture(test: TestStudio, project: ProjectRow, name: string, seed: number) {
  const pointer = await upload(test, project, png(32, 24, seed));
  const answer = await fileAsset(test, project, { folder: "Images", name, ...pointer });
  assert.ok(answer.ok, `filing answered ${answer.status}`);
  const { path, oid, size } = await answer.json();
  return { path, oid, size } as { path: string; oid: string; size: number };
}

/** A character's node. */
export const keeper = (images: unknown[], description = "A keeper, grey beard") => ({
  id: "keeper",
  type: "asset",
  title: "The Keeper",
  position: { x: 400, y: 300 },
  description,
  images,
});

export async function putCanvas(test: TestStudio, project: ProjectRow, graph: unknown): Promise<void> {
  const answer = await test.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph: GraphSchema.parse(graph) },
  });
  assert.equal(answer.status, 200, await answer.text());
}

export async function canvasOf(test: TestStudio, project: ProjectRow): Promise<Graph> {
  return (await (await test.request(`/api/projects/${project.id}/canvas`)).json()).graph;
}

export async function publish(test: TestStudio, body: PublishItem, as: As = "artist") {
  const answer = await test.request("/api/library/items", { method: "POST", json: body }, as);
  assert.equal(answer.status, 201, await answer.clone().text());
  return await answer.json() as LibraryItemDetail;
}

export async function publishNext(test: TestStudio, id: string, body: PublishVersion, as: As = "artist") {
  const answer = await test.request(`/api/library/items/${id}/versions`, { method: "POST", json: body }, as);
  assert.equal(answer.status, 201, await answer.clone().text());
  return await answer.json() as LibraryItemDetail;
}

export async function itemsOf(test: TestStudio, query = "") {
  const answer = await test.request(`/api/library/items?${query}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  return await answer.json() as { items: LibraryItem[]; next?: string };
}

export async function use(test: TestStudio, item: string, version: number, project: ProjectRow) {
  const answer = await test.request(`/api/library/items/${item}/versions/${version}/use`, {
    method: "POST",
    json: { project_id: project.id },
  }, "artist");
  assert.equal(answer.status, 200, await answer.clone().text());
  return await answer.json() as UsedItem;
}
