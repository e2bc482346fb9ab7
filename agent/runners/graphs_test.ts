import assert from "node:assert/strict";
import { validate } from "../comfyui/validate.ts";
import { bindWorkflow } from "../../shared/runners/bind.ts";
import { graphFor } from "../../shared/runners/check.ts";
import { sizeOf } from "../../shared/runners/size.ts";
import { exampleFiles, exampleParams } from "./check_graphs.ts";
import { loadRunners } from "./load.ts";
import { modelsOf, recordedObjectInfo, RUNNERS_DIR } from "./testing/comfyui.ts";

const { runners, faults } = await loadRunners(RUNNERS_DIR);

Deno.test("every runner of the agent is in order", () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(runners.map(({ manifest }) => manifest.id), [
    "animatic",
    "animatic-still",
    "dreamo",
    "fantasy-talking",
    "flexiact",
    "flux-canny",
    "flux-depth",
    "flux-edges-reference",
    "flux-fill",
    "flux-image",
    "flux-ip-adapter",
    "flux-kontext",
    "flux-multi-control",
    "flux-pose",
    "flux-reference",
    "ltx-image-to-video",
    "ltx-video",
    "self-test-image",
    "self-test-video",
    "uso",
    "wan-animate",
    "wan-image-to-video",
    "wan-talking",
    "wan-video",
  ]);
});

for (const { manifest, workflows } of runners.filter(({ manifest }) => manifest.engine === "comfyui")) {
  for (const [name, tier] of Object.entries(manifest.tiers)) {
    for (const area of [256 * 256, tier.max_area!]) {
      Deno.test(`${manifest.id}@${name} at ${area} pixels is a graph that ComfyUI takes`, async () => {
        const graph = graphFor(tier, area)!;
        const prompt = bindWorkflow({
          manifest,
          workflow: workflows.get(graph.workflow)!,
          bindings: graph.bindings,
          params: exampleParams(manifest),
          files: exampleFiles(manifest),
          filenamePrefix: "studio/job",
        });
        const verdict = validate(prompt, {
          objectInfo: await recordedObjectInfo(),
          models: modelsOf(runners),
          uploads: new Set(Object.values(exampleFiles(manifest))),
          current: false,
        });
        assert.deepEqual(verdict, { error: null, node_errors: {}, outputs: [graph.output_node] });
        assert.ok(Object.values(prompt).some(({ inputs }) => inputs.filename_prefix === "studio/job"));
      });
    }
  }
}

Deno.test("FLUX above 2 MP goes in two passes, the first at half the size", () => {
  const flux = runners.find(({ manifest }) => manifest.id === "flux-image")!;
  const high = flux.manifest.tiers.high!;
  assert.equal(graphFor(high, 1024 * 1024)!.workflow, "high.workflow.json");
  const large = graphFor(high, 2048 * 2048)!;
  assert.equal(large.workflow, "high-large.workflow.json");
  const prompt = bindWorkflow({
    manifest: flux.manifest,
    workflow: flux.workflows.get(large.workflow)!,
    bindings: large.bindings,
    params: { ...exampleParams(flux.manifest), width: 2048, height: 1536, seed: 9 },
    files: {},
    filenamePrefix: "studio/job",
  });
  assert.deepEqual([prompt.latent!.inputs.width, prompt.latent!.inputs.height], [1024, 768]);
  assert.deepEqual([prompt.shift_large!.inputs.width, prompt.shift_large!.inputs.height], [2048, 1536]);
  assert.deepEqual([prompt.noise!.inputs.noise_seed, prompt.noise_large!.inputs.noise_seed], [9, 9]);
});

Deno.test("FLUX Fill takes the mask's white, and keeps what is black as it was", () => {
  const fill = runners.find(({ manifest }) => manifest.id === "flux-fill")!;
  const tier = fill.manifest.tiers.standard!;
  const prompt = bindWorkflow({
    manifest: fill.manifest,
    workflow: fill.workflows.get(tier.workflow!)!,
    bindings: tier.bindings,
    params: { ...exampleParams(fill.manifest), width: 1024, height: 576 },
    files: { source: "studio/start.png", mask: "studio/mask.png" },
    filenamePrefix: "studio/job",
  });
  assert.deepEqual(prompt.mask!.inputs, { image: "studio/mask.png", channel: "red" });
  assert.deepEqual([prompt.scale!.inputs.width, prompt.scale!.inputs.height], [1024, 576]);
  assert.deepEqual(prompt.composite!.inputs.destination, ["scale", 0]);
});

Deno.test("every model file has a size and a source; one that its source does not state says how it is known", () => {
  const files = runners.flatMap(({ manifest }) =>
    Object.values(manifest.tiers).flatMap((tier) => tier.models)
  );
  for (const model of files) {
    const { folder, file, size, size_about, url, licence } = model;
    assert.notEqual(sizeOf(model), null, `${folder}/${file} has no size`);
    assert.ok(size === undefined || size_about === undefined, `${file}: a stated size needs no estimate`);
    assert.ok(url && licence, `${folder}/${file} has no source or licence`);
  }
  const about = new Set(files.filter((model) => sizeOf(model)!.about).map(({ file }) => file));
  assert.ok(about.size <= 20, `estimates may become fewer, never more: ${[...about].join(", ")}`);
});

Deno.test("what the adapters should weigh is what their shapes come to", () => {
  const bytesOf = (file: string) =>
    runners.flatMap(({ manifest }) => Object.values(manifest.tiers).flatMap((tier) => tier.models))
      .find((model) => model.file === file)!.size_about!.bytes;
  const [bits16, width, layers] = [2, 3072, 42];
  // Down and up, for query, key, value and output.
  assert.equal(bytesOf("refnetlora_step40000_model.pt"), layers * 4 * 2 * 64 * width * bits16);
  assert.equal(bytesOf("rotate.pt"), layers * 226 * width * bits16);
  const pair = (from: number, to: number) => 128 * (from + to);
  const square = pair(width, width);
  // Of 19 blocks both streams have four projections; of 38 the one stream has three, and one back from the wide middle.
  const numbers = 19 * 2 * 4 * square + 38 * (3 * square + pair(5 * width, width));
  assert.equal(bytesOf("dreamo_comfyui.safetensors"), numbers * bits16);
});

Deno.test("what may not be sold without another licence says so", () => {
  const files = runners.flatMap(({ manifest }) =>
    Object.values(manifest.tiers).flatMap((tier) => tier.models)
  );
  assert.ok(files.length > 0);
  for (const { file, licence, commercial } of files) {
    assert.equal(commercial, !/non-commercial/i.test(licence), `${file}: ${licence}`);
  }
});
