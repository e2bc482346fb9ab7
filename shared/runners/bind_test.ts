import assert from "node:assert/strict";
import fc from "fast-check";
import { BindError, bindingFaults, type BindRequest, bindWorkflow } from "./bind.ts";
import { RunnerInput } from "./manifest.ts";
import { modelLength } from "./length.ts";

const inputs = [
  { name: "prompt", title: "Prompt", type: "text", required: true },
  { name: "negative_prompt", title: "Not wanted", type: "text" },
  { name: "seed", title: "Seed", type: "integer", widget: "seed", default: 0, min: 0 },
  { name: "guidance", title: "Guidance", type: "number", min: 1, max: 10 },
  {
    name: "sampler",
    title: "Sampler",
    type: "choice",
    default: "euler",
    choices: [{ value: "euler", title: "Euler" }],
  },
  { name: "tiled", title: "Tiled", type: "boolean" },
  { name: "image", title: "Start image", type: "image" },
].map((input) => RunnerInput.parse(input));

const workflow = {
  model: { class_type: "UNETLoader", inputs: { unet_name: "flux1-dev.safetensors" } },
  positive: { class_type: "CLIPTextEncode", inputs: { text: "", clip: ["model", 1] } },
  negative: { class_type: "CLIPTextEncode", inputs: { text: "blurry" } },
  noise: { class_type: "RandomNoise", inputs: { noise_seed: 0 } },
  second: { class_type: "RandomNoise", inputs: { noise_seed: 0 } },
  latent: { class_type: "EmptySD3LatentImage", inputs: { width: 1, height: 1 } },
  load: { class_type: "LoadImage", inputs: { image: "none.png" } },
  save: { class_type: "SaveImage", inputs: { images: ["latent", 0], filename_prefix: "x" } },
};

const request: BindRequest = {
  manifest: { id: "flux-image", inputs },
  workflow,
  bindings: {
    prompt: [["positive", "text"]],
    negative_prompt: [["negative", "text"]],
    seed: [["noise", "noise_seed"], ["second", "noise_seed"]],
    half_width: [["latent", "width"]],
    half_height: [["latent", "height"]],
    image: [["load", "image"]],
  },
  params: { prompt: "a lamp", seed: 7, width: 2048, height: 1024 },
  files: { image: "studio/start.png" },
  filenamePrefix: "studio/job-1",
};

const refused = (change: Partial<BindRequest>, code: BindError["code"], input: string) =>
  assert.throws(() => bindWorkflow({ ...request, ...change }), (error) => {
    assert.ok(error instanceof BindError);
    assert.deepEqual([error.code, error.input], [code, input]);
    assert.match(error.message, new RegExp(input), "the sentence names the input");
    return true;
  });

Deno.test("bindWorkflow() puts every value where the runner says, several places included", () => {
  const prompt = bindWorkflow({
    ...request,
    models: new Map([["flux1-dev.safetensors", "flux\\flux1-dev.safetensors"]]),
  });
  assert.equal(prompt.positive!.inputs.text, "a lamp");
  assert.equal(prompt.noise!.inputs.noise_seed, 7);
  assert.equal(prompt.second!.inputs.noise_seed, 7);
  assert.deepEqual([prompt.latent!.inputs.width, prompt.latent!.inputs.height], [1024, 512]);
  assert.equal(prompt.load!.inputs.image, "studio/start.png");
  assert.equal(prompt.save!.inputs.filename_prefix, "studio/job-1");
  assert.equal(
    prompt.model!.inputs.unet_name,
    "flux\\flux1-dev.safetensors",
    "as this machine lists the file",
  );
  assert.equal(workflow.noise.inputs.noise_seed, 0, "the template is not changed");
});

Deno.test("an optional text that is empty leaves what the workflow has", () => {
  const bound = (params: BindRequest["params"]) =>
    bindWorkflow({ ...request, params: { ...request.params, ...params } }).negative!.inputs.text;
  assert.equal(bound({ negative_prompt: "" }), "blurry");
  assert.equal(bound({}), "blurry");
  assert.equal(bound({ negative_prompt: "fog" }), "fog");
});

Deno.test("bindWorkflow() names what is unknown, missing, ill-typed or out of range", () => {
  const params = request.params;
  refused({ params: { ...params, colour: "red" } }, "unknown_input", "colour");
  refused({ params: { ...params, prompt: "" } }, "missing_input", "prompt");
  refused({ params: { prompt: "a lamp" } }, "missing_input", "half_width");
  refused({ params: { ...params, prompt: 3 } }, "wrong_type", "prompt");
  refused({ params: { ...params, seed: 1.5 } }, "wrong_type", "seed");
  refused({ params: { ...params, seed: 2 ** 53 } }, "wrong_type", "seed");
  refused({ params: { ...params, seed: -1 } }, "out_of_range", "seed");
  refused({ params: { ...params, guidance: 11 } }, "out_of_range", "guidance");
  refused({ params: { ...params, sampler: "dpm" } }, "wrong_type", "sampler");
  refused({ params: { ...params, tiled: "yes" } }, "wrong_type", "tiled");
  refused({ params: { ...params, width: "wide" } }, "wrong_type", "half_width");
  refused({ bindings: { ...request.bindings, seed: [["nothing", "seed"]] } }, "no_such_place", "seed");
});

Deno.test("no prompt text leaves its place: links and classes are what the template says", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1 }), fc.maxSafeNat(), (text, seed) => {
    const prompt = bindWorkflow({ ...request, params: { ...request.params, prompt: text, seed } });
    assert.equal(prompt.positive!.inputs.text, text);
    assert.deepEqual(prompt.positive!.inputs.clip, ["model", 1]);
    assert.deepEqual(Object.keys(prompt), Object.keys(workflow));
  }));
});

Deno.test("bindingFaults() tells a runner's author what does not fit", () => {
  assert.deepEqual(bindingFaults(request.manifest, workflow, request.bindings), []);
  assert.deepEqual(
    bindingFaults(request.manifest, workflow, {
      colour: [["noise", "noise_seed"]],
      prompt: [["gone", "text"]],
      seed: [["noise", "seed"]],
      guidance: [["save", "images"]],
    }),
    [
      "bindings.colour: there is no such input",
      'bindings.prompt: the workflow has no node "gone"',
      'bindings.seed: node "noise" has no input "seed"',
      'bindings.guidance: input "images" of node "save" is a link to another node',
    ],
  );
});

Deno.test("modelLength() makes as many seconds at a tier's own rate", () => {
  const wan = { frame_step: 4, frame_offset: 1 };
  assert.deepEqual(modelLength(wan, { max_frames: 81 }, 65, 16), { frames: 65, fps: 16 });
  assert.deepEqual(modelLength(wan, { max_frames: 81, native_fps: 24 }, 65, 16), { frames: 101, fps: 24 });
  assert.deepEqual(modelLength(wan, { max_frames: 81, native_fps: 24 }, 81, 16), { frames: 121, fps: 24 });
});
