import assert from "node:assert/strict";
import { createDraft } from "../../shared/canvas/draft.ts";
import type { GeneratingNode } from "../../shared/canvas/graph.ts";
import { recipeChanges, recipeOf } from "../../shared/canvas/recipe.ts";
import { png } from "../assets/testing.ts";
import { addTaker, deliver, draw, openJobStudio } from "./testing.ts";

Deno.test("an edit of a picture that an artist brought has its size, and its take knows what it was made from", async () => {
  await using test = await openJobStudio();
  const { jobs, lfs, takes, canvas, db } = test.studio;
  const project = await test.makeProject("The Lighthouse Keeper", { width: 1920, height: 1080 });
  const tower = await addTaker(test, { capabilities: ["flux-fill@standard"] });
  const file = async (name: string, width: number, height: number, seed: number) => ({
    path: `01_Assets/Images/${name}`,
    ...await lfs.store(project, png(width, height, seed)),
  });
  const picture = await file("room.png", 640, 320, 90);
  const paint = async (prompt: string, mask: Awaited<ReturnType<typeof file>>) => {
    await draw(test, project, [
      { id: "room", type: "asset", title: "Tide room", images: [picture] },
      { id: "fix", type: "edit_image", title: "Fix", prompt, mask },
    ], [["room", "asset", "fix", "source"]]);
  };
  /** What the canvas of this moment would say about the node's chosen take. */
  const changed = async () => {
    const draft = createDraft((await canvas.read(db.sql, project.id)).graph);
    const active = (await takes.active(db.sql, project.id, ["fix"])).get("fix")!;
    const [take] = await takes.view([active]);
    const now = recipeOf(draft, draft.nodes.get("fix") as GeneratingNode, () => null);
    return recipeChanges(take!.made_from!, now, () => null);
  };

  const mask = await file("mask.png", 640, 320, 255);
  await paint("a hand", mask);
  const [job] = await jobs.submit(project, test.owner, { node_id: "fix", takes: 1, version_up: false });
  assert.ok(job!.spec.kind === "generate");
  assert.deepEqual([job!.spec.params.width, job!.spec.params.height], [640, 320]);
  assert.deepEqual(job!.spec.inputs.map((input) => [input.name, input.file_name]), [
    ["source", "room.png"],
    ["mask", "mask.png"],
  ]);
  await deliver(test, (await jobs.take(tower))!);

  assert.deepEqual(await changed(), []);
  await paint("a glove", await file("mask.png", 640, 320, 3));
  assert.deepEqual(await changed(), ["prompt", "mask"]);
  await paint("a hand", mask);
  assert.deepEqual(await changed(), [], "what is as it was is not out of date");
});
