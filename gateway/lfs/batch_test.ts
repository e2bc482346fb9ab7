import assert from "node:assert/strict";
import { lfs, openLfsStory, pointerOf } from "./testing.ts";

Deno.test("first", async () => {
  await using story = await openLfsStory();
  const a = pointerOf("hello");
  const response = await lfs(story, "objects/batch", { operation: "upload", objects: [a] });
  console.log(response.status, JSON.stringify(response.body, null, 1), response.type);
  assert.equal(response.status, 200);
});
