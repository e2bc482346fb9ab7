import type { Workflow } from "../../../shared/runners/manifest.ts";
import { type ObjectInfo } from "../validate.ts";

/** Classes and graphs enough for the client's own tests. */

export const OBJECT_INFO: ObjectInfo = {
  CheckpointLoaderSimple: {
    input: { required: { ckpt_name: [[], {}] } },
    output: ["MODEL", "CLIP", "VAE"],
    output_node: false,
  },
  CLIPTextEncode: {
    input: { required: { text: ["STRING", {}], clip: ["CLIP", {}] } },
    output: ["CONDITIONING"],
    output_node: false,
  },
  LoadImage: {
    input: { required: { image: ["STRING", {}] } },
    output: ["IMAGE", "MASK"],
    output_node: false,
  },
  KSampler: {
    input: {
      required: {
        model: ["MODEL", {}],
        seed: ["INT", { min: 0 }],
        width: ["INT", { min: 16, max: 4096 }],
        height: ["INT", { min: 16, max: 4096 }],
        positive: ["CONDITIONING", {}],
      },
      optional: { start: ["IMAGE", {}] },
    },
    output: ["IMAGE"],
    output_node: false,
  },
  SaveImage: {
    input: { required: { images: ["IMAGE", {}], filename_prefix: ["STRING", {}] } },
    output: [],
    output_node: true,
  },
  SaveVideo: {
    input: {
      required: {
        images: ["IMAGE", {}],
        filename_prefix: ["STRING", {}],
        fps: ["FLOAT", {}],
        length: ["INT", {}],
      },
    },
    output: [],
    output_node: true,
  },
};

export const MODELS = { checkpoints: ["flux1-schnell-fp8.safetensors"] };

export function imageGraph(prefix: string, change: Record<string, Record<string, unknown>> = {}): Workflow {
  return changed({
    checkpoint: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: MODELS.checkpoints[0] } },
    positive: { class_type: "CLIPTextEncode", inputs: { text: "a lamp", clip: ["checkpoint", 1] } },
    sampler: {
      class_type: "KSampler",
      inputs: { model: ["checkpoint", 0], seed: 7, width: 64, height: 48, positive: ["positive", 0] },
      _meta: { title: "Sampler" },
    },
    save: { class_type: "SaveImage", inputs: { images: ["sampler", 0], filename_prefix: prefix } },
  }, change);
}

export function videoGraph(prefix: string): Workflow {
  const { save: _, ...rest } = imageGraph(prefix);
  return {
    ...rest,
    save: {
      class_type: "SaveVideo",
      inputs: { images: ["sampler", 0], filename_prefix: prefix, fps: 16, length: 9 },
    },
  };
}

function changed(graph: Workflow, change: Record<string, Record<string, unknown>>): Workflow {
  for (const [id, inputs] of Object.entries(change)) {
    graph[id] = { ...graph[id]!, inputs: { ...graph[id]!.inputs, ...inputs } };
  }
  return graph;
}
