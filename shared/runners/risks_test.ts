import assert from "node:assert/strict";
import { checkRunner, type Runner } from "./check.ts";
import { risksOf } from "./risks.ts";

function runnerOf(
  graph: Record<string, { class_type: string; inputs: Record<string, unknown> }>,
  change: Record<string, unknown> = {},
  tier: Record<string, unknown> = {},
): Runner {
  const manifest = {
    schema: 1,
    id: "mine",
    version: "1.0.0",
    title: "Mine",
    description: "",
    serves: ["generate_image"],
    output: "image",
    engine: "comfyui",
    inputs: [],
    tiers: {
      low: { vram_mb: 0, ram_mb: 0, disk_mb: 0, workflow: "low.json", output_node: "save", ...tier },
    },
    ...change,
  };
  const save = { class_type: "SaveImage", inputs: { images: ["x", 0], filename_prefix: "a" } };
  const read = checkRunner(
    "mine",
    new Map([["runner.json", JSON.stringify(manifest)], ["low.json", JSON.stringify({ save, ...graph })]]),
  );
  assert.ok("manifest" in read, JSON.stringify(read));
  return read;
}
const kinds = (runner: Runner) => risksOf(runner).map(({ kind }) => kind);

Deno.test("a graph of ComfyUI's own nodes that makes pictures from prompts bears no risk", () => {
  assert.deepEqual(
    risksOf(runnerOf({
      model: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "flux.safetensors" } },
      text: { class_type: "CLIPTextEncode", inputs: { text: "24/7, a lamp and/or ... a path/to heaven" } },
      load: { class_type: "LoadImage", inputs: { image: "studio/source.png" } },
    })),
    [],
  );
});

Deno.test("nodes of packs are named, and those that run programs by their names above all", () => {
  const [code, pack] = risksOf(runnerOf({
    a: { class_type: "PythonExec", inputs: { code: "import os" } },
    b: { class_type: "DWPreprocessor", inputs: {} },
    c: { class_type: "FaceRestoreCodeFormer", inputs: {} },
  }));
  assert.equal(code!.kind, "code");
  assert.match(code!.sentence, /^By name, PythonExec runs a program/);
  assert.match(pack!.sentence, /^DWPreprocessor and FaceRestoreCodeFormer come with a node pack/);
});

Deno.test("what sends, reads or writes beyond the job is said", () => {
  assert.deepEqual(kinds(runnerOf({ a: { class_type: "OpenAIDalle3", inputs: {} } })), ["service"]);
  assert.deepEqual(kinds(runnerOf({ a: { class_type: "LoadImageOutput", inputs: {} } })), ["files"]);
  assert.deepEqual(kinds(runnerOf({ a: { class_type: "CheckpointSave", inputs: {} } })), ["writes"]);
  for (const path of ["/etc/passwd", "../../secret.png", "C:\\Users\\x", "file:///x", "a/../../b", "~/x"]) {
    const found = risksOf(runnerOf({ a: { class_type: "LoadImage", inputs: { image: path } } }));
    assert.deepEqual(found.map(({ kind }) => kind), ["files"], path);
  }
  const pickle = { a: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "old.ckpt" } } };
  assert.match(risksOf(runnerOf(pickle))[0]!.sentence, /^old.ckpt: this model is a pickle/);
});

Deno.test("a text of an artist's may not name files of the machine unsaid", () => {
  const graph = { a: { class_type: "LoadImage", inputs: { image: "x.png" } } };
  const bindings = { bindings: { which: [["a", "image"]] } };
  const input = (type: string) => ({ inputs: [{ name: "which", title: "Which", type }] });
  assert.match(
    risksOf(runnerOf(graph, input("text"), bindings))[0]!.sentence,
    /An artist could name files .* which/,
  );
  assert.deepEqual(risksOf(runnerOf(graph, input("image"), bindings)), [], "an upload is hers");
});

Deno.test("a container is a program of others, and what is in its graph stays in it", () => {
  const container = { engine: "container", container: { image: "x/y@sha256:0" } };
  const found = risksOf(runnerOf({ a: { class_type: "AnyNode", inputs: { file: "m.pt" } } }, container));
  assert.deepEqual(found.map(({ kind }) => kind), ["container"]);
});
