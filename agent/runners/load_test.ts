import assert from "node:assert/strict";
import { join } from "@std/path";
import { loadRunners } from "./load.ts";

const GOOD = {
  schema: 1,
  id: "good",
  version: "1.0.0",
  title: "Good",
  description: "",
  serves: ["shot"],
  output: "video",
  engine: "comfyui",
  inputs: [{ name: "prompt", title: "Prompt", type: "text" }],
  tiers: {
    low: {
      vram_mb: 0,
      ram_mb: 0,
      disk_mb: 0,
      workflow: "low.workflow.json",
      bindings: { prompt: [["positive", "text"]] },
      output_node: "save",
    },
  },
};
const WORKFLOW = {
  positive: { class_type: "CLIPTextEncode", inputs: { text: "" } },
  save: { class_type: "SaveVideo", inputs: { filename_prefix: "x" } },
};

async function withFolder(files: Record<string, unknown>, story: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, value] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), typeof value === "string" ? value : JSON.stringify(value));
    }
    await story(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a good runner loads beside broken ones, and each fault names file and field", () =>
  withFolder({
    "good/runner.json": GOOD,
    "good/low.workflow.json": WORKFLOW,
    "notes/readme.txt": "no runner",
    "other/runner.json": { ...GOOD, id: "elsewhere" },
    "other/low.workflow.json": WORKFLOW,
    "broken/runner.json": "{",
    "typo/runner.json": { ...GOOD, id: "typo", outptu: "video" },
    "gone/runner.json": { ...GOOD, id: "gone" },
    "loose/runner.json": {
      ...GOOD,
      id: "loose",
      tiers: {
        low: { ...GOOD.tiers.low, output_node: "end", bindings: { prompt: [["positive", "words"]] } },
        high: { vram_mb: 0, ram_mb: 0, disk_mb: 0 },
      },
    },
    "loose/low.workflow.json": WORKFLOW,
  }, async (folder) => {
    const { runners, faults } = await loadRunners(folder);
    assert.deepEqual(runners.map(({ manifest }) => manifest.id), ["good"]);
    const told = faults.join("\n");
    assert.match(told, /^other\/runner\.json: id: is "elsewhere" in a folder named "other"$/m);
    assert.match(told, /^broken\/runner\.json: /m);
    assert.match(told, /^typo\/runner\.json: .*outptu/m);
    assert.match(told, /^gone\/low\.workflow\.json: there is no such file$/m);
    assert.match(
      told,
      /^loose\/runner\.json: tiers\.low\.bindings\.prompt: node "positive" has no input "words"$/m,
    );
    assert.match(
      told,
      /^loose\/runner\.json: tiers\.low\.output_node: low\.workflow\.json has no node "end"$/m,
    );
    assert.match(told, /^loose\/runner\.json: tiers\.high\.workflow: is missing$/m);
  }));
