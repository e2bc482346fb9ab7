import assert from "node:assert/strict";
import { checkRunner, notApiFormat } from "./check.ts";
import { draftRunner, marksOf, saverOf } from "./draft.ts";
import type { Workflow } from "./manifest.ts";
import { openPack, packDigest, writePack } from "./pack.ts";
import { zipSync } from "fflate";

const GRAPH: Workflow = {
  "4": { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "sub\\model.safetensors" } },
  "6": {
    class_type: "CLIPTextEncode",
    inputs: { text: "a lamp", clip: ["4", 1] },
    _meta: { title: "Words" },
  },
  "7": { class_type: "CLIPTextEncode", inputs: { text: "blurry", clip: ["4", 1] } },
  "8": { class_type: "FluxGuidance", inputs: { guidance: 3.5, conditioning: ["6", 0] } },
  "10": { class_type: "LoadImage", inputs: { image: "old.png" } },
  "5": { class_type: "EmptyLatentImage", inputs: { width: 512, height: 512, batch_size: 1 } },
  "3": {
    class_type: "KSampler",
    inputs: {
      seed: 5,
      steps: 20,
      cfg: 8,
      positive: ["8", 0],
      negative: ["7", 0],
      latent_image: ["5", 0],
      model: ["4", 0],
    },
  },
  "9": { class_type: "SaveImage", inputs: { filename_prefix: "x", images: ["3", 0] } },
};

function drafted(graph = GRAPH) {
  const inputs = marksOf(graph, "generate_image").flatMap((mark) =>
    mark.suggested ? [{ ...mark, title: undefined, name: mark.suggested }] : []
  ).map(({ title: _, ...mark }) => mark);
  return draftRunner({
    id: "my-model",
    title: "My model",
    description: "",
    serves: "generate_image",
    tier: "standard",
    vram_mb: 15_360,
    ram_mb: 16_000,
    graph,
    inputs,
  });
}

Deno.test("an exported graph becomes a runner: its words, seed, size and pictures are found by following the wires", () => {
  const suggested = Object.fromEntries(
    marksOf(GRAPH, "generate_image").map((mark) => [`${mark.node}.${mark.input}`, mark.suggested]),
  );
  assert.deepEqual(suggested, {
    "3.seed": "seed",
    "3.steps": "steps",
    "3.cfg": null,
    "5.width": "width",
    "5.height": "height",
    "5.batch_size": null,
    "6.text": "prompt",
    "7.text": "negative_prompt",
    "8.guidance": "guidance",
    "10.image": "reference",
  });
  const files = drafted();
  assert.ok(files instanceof Map);
  const runner = checkRunner("my-model", files);
  assert.ok("manifest" in runner, JSON.stringify(runner));
  assert.deepEqual(runner.manifest.tiers.standard!.models.map(({ folder, file }) => [folder, file]), [
    ["checkpoints", "model.safetensors"],
  ]);
  assert.equal(runner.manifest.inputs.find((input) => input.name === "width")!.hidden, true);
  assert.equal(runner.manifest.tiers.standard!.max_area, 512 * 512, "as large as its author has tried");
});

Deno.test("a graph of clips keeps its model's rate and lengths; a value with fractions is one though it is whole", () => {
  const graph: Workflow = {
    latent: { class_type: "WanImageToVideo", inputs: { width: 832, height: 480, length: 81 } },
    guide: { class_type: "FluxGuidance", inputs: { guidance: 30, conditioning: ["latent", 0] } },
    video: { class_type: "CreateVideo", inputs: { images: ["latent", 0], fps: 16 } },
    save: { class_type: "SaveVideo", inputs: { video: ["video", 0], filename_prefix: "x" } },
  };
  const inputs = marksOf(graph, "shot").flatMap(({ title: _, suggested, ...mark }) =>
    suggested ? [{ ...mark, name: suggested }] : []
  );
  const files = draftRunner({
    id: "my-clips",
    title: "My clips",
    description: "",
    serves: "shot",
    tier: "high",
    vram_mb: 22_528,
    ram_mb: 16_000,
    graph,
    inputs,
  });
  assert.ok(files instanceof Map);
  const runner = checkRunner("my-clips", files);
  assert.ok("manifest" in runner, JSON.stringify(runner));
  const { manifest } = runner;
  assert.deepEqual([manifest.native_fps, manifest.frame_step, manifest.frame_offset], [16, 4, 1]);
  assert.deepEqual([manifest.tiers.high!.max_area, manifest.tiers.high!.max_frames], [832 * 480, 81]);
  assert.equal(manifest.inputs.find(({ name }) => name === "guidance")!.type, "number");
});

Deno.test("a graph that saves nothing, or the other kind, is a sentence", () => {
  const { "9": _, ...nothing } = GRAPH;
  assert.equal(saverOf(nothing), null);
  assert.match(String(drafted(nothing)), /saves nothing/);
  assert.match(
    String(drafted({ ...GRAPH, "9": { class_type: "SaveVideo", inputs: {} } })),
    /saves a video, and what serves generate_image makes an image/,
  );
  assert.match(notApiFormat({ nodes: [], links: [] })!, /Export \(API\)/);
});

Deno.test("a pack is the same bytes for the same content, and opens to what was packed", async () => {
  const files = drafted() as Map<string, string>;
  const pack = writePack(files);
  const again = writePack(new Map([...files].reverse()));
  assert.equal(await packDigest(pack), await packDigest(again));
  const opened = openPack(pack);
  assert.ok("files" in opened);
  assert.deepEqual([...opened.files].sort(), [...files].sort());
  assert.equal(opened.manifest.id, "my-model");
});

Deno.test("what is no pack is a sentence, and nothing in one is larger than it may be", () => {
  const faults = (bytes: Uint8Array) => (openPack(bytes) as { faults: string[] }).faults.join(" ");
  const text = (words: string) => new TextEncoder().encode(words);
  assert.match(faults(text("hello")), /no zip/);
  assert.match(faults(zipSync({ "a.json": text("{}") })), /no runner.json with an id/);
  assert.match(faults(zipSync({ "../../etc/x.json": text("{}") })), /no folders/);
  assert.match(faults(zipSync({ "run.sh": text("rm") })), /JSON files and texts/);
  assert.match(faults(zipSync({ "big.json": new Uint8Array(40 * 1024 ** 2) })), /32 MB/);
  assert.match(faults(new Uint8Array(5 * 1024 ** 2)), /at most 4 MB/);
  assert.match(
    faults(zipSync({ "runner.json": text('{"id":"x","schema":1}') })),
    /x\/runner\.json: version/,
  );
});
