import assert from "node:assert/strict";
import { openTestStudio } from "./studio.ts";

Deno.test("a whole studio opens, answers, makes a project and closes", async () => {
  await using studio = await openTestStudio();
  const health = await studio.request("/healthz", {}, "nobody");
  assert.equal(health.status, 200);
  await health.body?.cancel();
  const made = await studio.request("/api/projects", {
    method: "POST",
    json: { title: "The Lighthouse Keeper" },
  });
  assert.equal(made.status, 201, await made.clone().text());
  assert.equal((await made.json()).slug, "The-Lighthouse-Keeper");
});
