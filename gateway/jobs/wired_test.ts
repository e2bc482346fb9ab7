import assert from "node:assert/strict";
import { createDraft } from "../../shared/canvas/draft.ts";
import type { GeneratingNode } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { recipeChanges, recipeOf } from "../../shared/canvas/recipe.ts";
import { png } from "../assets/testing.ts";
import { openTestStudio } from "../testing/studio.ts";
import { draw } from "./testing.ts";

type Nodes = Parameters<typeof draw>[2];

/** With the studio's own runners. */
async function openWired() {
  const test = await openTestStudio({ env: { LEASE_SECONDS: "600" } });
  const { jobs, lfs, canvas, db } = test.studio;
  const project = await test.makeProject("The Lighthouse Keeper", { width: 1280, height: 720 });
  const store = async (path: string, bytes: Uint8Array<ArrayBuffer>) => ({
    path,
    ...await lfs.store(project, bytes),
  });
  return {
    ...test,
    picture: (name: string, seed: number) => store(`01_Assets/Images/${name}.png`, png(64, 64, seed)),
    sound: (name: string) => store(`01_Assets/Audio/${name}.wav`, new TextEncoder().encode(`RIFF ${name}`)),
    draw: (nodes: Nodes, wires: Parameters<typeof draw>[3] = []) => draw(test, project, nodes, wires),
    /** What the runner gets: input name to file name. */
    async filesOf(node_id: string, tier: "low" | "standard" | "high" = "standard") {
      const [job] = await jobs.submit(project, test.owner, { node_id, tier, takes: 1, version_up: false });
      assert.ok(job!.spec.kind === "generate");
      return Object.fromEntries(job!.spec.inputs.map((input) => [input.name, input.file_name]));
    },
    async refused(node_id: string, sentence: RegExp, tier: "low" | "standard" | "high" = "standard") {
      await assert.rejects(
        jobs.submit(project, test.owner, { node_id, tier, takes: 1, version_up: false }),
        (error) => error instanceof ProblemError && sentence.test(error.message),
      );
    },
    async recipe(node_id: string) {
      const draft = createDraft((await canvas.read(db.sql, project.id)).graph);
      return recipeOf(draft, draft.nodes.get(node_id) as GeneratingNode, () => null);
    },
  };
}

Deno.test("a control picture, a character and a style each find the input that is theirs", async () => {
  await using test = await openWired();
  const assets: Nodes = [
    { id: "ada", type: "asset", title: "Ada", kind: "character", images: [await test.picture("ada", 1)] },
    { id: "ink", type: "asset", title: "Ink", kind: "style", images: [await test.picture("ink", 2)] },
    { id: "room", type: "asset", title: "Room", kind: "location", images: [await test.picture("room", 3)] },
  ];
  const still = (runner: string): Nodes => [
    ...assets,
    {
      id: "still",
      type: "generate_image",
      title: "Still",
      shot: "STILL-010",
      prompt: "the lamp room",
      runner,
    },
  ];

  await test.draw(still("flux-canny"));
  await test.refused("still", /"Still" has no control picture.*wire a picture into its Control picture/);
  await test.draw(still("flux-canny"), [["room", "asset", "still", "control"]]);
  assert.deepEqual(await test.filesOf("still", "low"), { control: "room.png" });

  // The style is wired first and still does not land in the character's place.
  await test.draw(still("uso"), [["ink", "asset", "still", "assets"], ["ada", "asset", "still", "assets"]]);
  assert.deepEqual(await test.filesOf("still"), { style: "ink.png", character: "ada.png" });

  const all: Parameters<typeof test.draw>[1] = [
    ["ink", "asset", "still", "assets"],
    ["ada", "asset", "still", "assets"],
    ["room", "asset", "still", "control"],
  ];
  await test.draw(still("flux-multi-control"), all);
  assert.deepEqual(await test.filesOf("still", "high"), {
    control: "room.png",
    style: "ink.png",
    character: "ada.png",
  });
  await test.refused("still", /has no Standard and nothing below it, only High/);
  await test.draw(still("flux-edges-reference"), all.slice(1));
  assert.deepEqual(await test.filesOf("still"), { control: "room.png", reference: "ada.png" });
  await test.refused("still", /has no Low and nothing below it, only Standard and High/, "low");
});

Deno.test("a recording is chosen on the shot or on its pipeline; another one makes the take out of date", async () => {
  await using test = await openWired();
  const portrait = await test.picture("ada", 1);
  const [first, second] = [await test.sound("first"), await test.sound("second")];
  const paint = (shot: object, pipeline: object = {}) =>
    test.draw([
      { id: "ada", type: "generate_image", title: "Ada", shot: "STILL-010", prompt: "Ada" },
      { id: "face", type: "asset", title: "Face", images: [portrait] },
      { id: "voice", type: "pipeline", title: "Voice", runner: "wan-talking", ...pipeline },
      {
        id: "shot",
        type: "shot",
        title: "She speaks",
        shot: "SHOT-010",
        prompt: "Ada speaks",
        duration: 24,
        ...shot,
      },
    ], [["voice", "pipeline", "shot", "pipeline"], ["face", "asset", "shot", "assets"]]);

  await paint({});
  await test.refused("shot", /"She speaks" has no speech.*choose a recording in its settings/);
  await paint({}, { files: { audio: first } });
  assert.deepEqual(await test.filesOf("shot"), { audio: "first.wav", image: "ada.png" });
  const before = await test.recipe("shot");
  await paint({ files: { audio: second } }, { files: { audio: first } });
  assert.deepEqual(await test.filesOf("shot"), { audio: "second.wav", image: "ada.png" });
  assert.deepEqual(recipeChanges(before, await test.recipe("shot"), () => null), ["sound or clip"]);
});
