import assert from "node:assert/strict";
import { type Name, share } from "./sharing.ts";

Deno.test("the history of a project is its commits in words, page by page", async () => {
  await using it = await share();
  for (const n of [1, 2, 3]) {
    await it.world.studio.git.commit(it.project, {
      message: `Take "${n}"\n\nwith a body\x1fand 🎬`,
      author: `Ada ${n}`,
      changes: [{ path: "n.txt", content: String(n) }],
    });
  }
  const get = async (query: string, as: Name = "viewer") => {
    const answer = await it.world.request(`/api/projects/${it.project.id}/history${query}`, {}, as);
    return { status: answer.status, body: await answer.json() };
  };
  const first = await get("?limit=2");
  assert.equal(first.status, 200);
  assert.deepEqual(first.body.items.map((each: { subject: string }) => each.subject), [
    'Take "3"',
    'Take "2"',
  ]);
  assert.equal(first.body.items[0].author, "Ada 3");
  assert.equal(first.body.items[0].body, "with a body\x1fand 🎬");
  await it.world.studio.git.commit(it.project, {
    message: "Meanwhile",
    author: "Ada",
    changes: [{ path: "n.txt", content: "meanwhile" }],
  });
  const second = await get(`?limit=2&cursor=${first.body.next}`);
  assert.deepEqual(second.body.items.map((each: { subject: string }) => each.subject), [
    'Take "1"',
    "Begin the project",
  ]);
  assert.equal(second.body.next, undefined);
  assert.equal((await get("?cursor=--all")).status, 400);
  assert.equal((await get(`?cursor=${"0".repeat(40)}.0`)).status, 400);
  const other = await it.world.secondTenant();
  const foreign = await other.request(`/api/projects/${it.project.id}/history`);
  assert.equal(foreign.status, 404);
  await foreign.body?.cancel();
});
