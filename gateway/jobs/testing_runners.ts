import type { Tier } from "../../shared/tiers.ts";

/** A GiB in MiB, the unit that memory is given in. */
export const gib = 1024;
const prompt = { name: "prompt", title: "Prompt", type: "text", required: true };
const seed = { name: "seed", title: "Seed", type: "integer", widget: "seed", default: 0, min: 0 };
const picture = [{ name: "width", title: "Width", type: "integer" }, {
  name: "height",
  title: "Height",
  type: "integer",
}];
const tiers = (areas: Record<Tier, object>) => ({
  low: { vram_mb: 10 * gib, ram_mb: 16 * gib, disk_mb: 20 * gib, ...areas.low },
  standard: { vram_mb: 15 * gib, ram_mb: 24 * gib, disk_mb: 20 * gib, ...areas.standard },
  high: { vram_mb: 22 * gib, ram_mb: 32 * gib, disk_mb: 40 * gib, ...areas.high },
});

/** The runners of these tests: an image model and a video model over the three tiers, an editor, and the two cards. */
export const RUNNERS = [
  {
    id: "flux-image",
    title: "FLUX Image",
    serves: ["generate_image"],
    output: "image",
    engine: "comfyui",
    size_step: 16,
    inputs: [
      prompt,
      seed,
      ...picture,
      { name: "steps", title: "Steps", type: "integer", default: 20, min: 1, max: 50 },
      {
        name: "sampler",
        title: "Sampler",
        type: "choice",
        default: "euler",
        choices: [
          { value: "euler", title: "Euler" },
          { value: "heun", title: "Heun" },
        ],
      },
    ],
    tiers: tiers({
      low: { max_area: 768 * 768 },
      standard: { max_area: 1024 * 1024, estimate_s: 60 },
      high: { max_area: 2048 * 2048, estimate_s: 60 },
    }),
  },
  {
    id: "flux-fill",
    title: "FLUX Fill",
    serves: ["edit_image"],
    output: "image",
    engine: "comfyui",
    size_step: 16,
    inputs: [
      prompt,
      seed,
      ...picture,
      { name: "source", title: "Source", type: "image", required: true },
      { name: "mask", title: "Mask", type: "mask", required: true },
    ],
    tiers: tiers({ low: {}, standard: { max_area: 1024 * 1024 }, high: {} }),
  },
  {
    id: "wan-from-image",
    title: "Wan from image",
    serves: ["shot"],
    output: "video",
    engine: "comfyui",
    size_step: 16,
    inputs: [
      prompt,
      { name: "image", title: "Start image", type: "image", required: true },
      { name: "width", title: "Width", type: "integer", max: 1280 },
      { name: "height", title: "Height", type: "integer", max: 1280 },
    ],
    tiers: tiers({ low: {}, standard: { max_area: 901_120 }, high: {} }),
  },
  {
    id: "wan-video",
    title: "Wan Video",
    serves: ["shot"],
    output: "video",
    engine: "comfyui",
    size_step: 16,
    frame_step: 4,
    frame_offset: 1,
    native_fps: 16,
    inputs: [
      prompt,
      seed,
      ...picture,
      { name: "frames", title: "Frames", type: "integer" },
      { name: "fps", title: "Frames per second", type: "number" },
    ],
    tiers: tiers({
      low: { max_area: 832 * 480, max_frames: 49 },
      standard: { max_area: 832 * 480, max_frames: 81 },
      high: { max_area: 1280 * 720, max_frames: 121 },
    }),
  },
  ...[["animatic-still", "generate_image", "image"], ["animatic", "shot", "video"]].map(
    ([id, serves, output]) => ({
      id,
      title: id === "animatic" ? "Animatic" : "Animatic still",
      serves: [serves],
      output,
      engine: "builtin",
      size_step: 2,
      inputs: [{ ...prompt, required: false }, seed, ...picture, {
        name: "frames",
        title: "Frames",
        type: "integer",
      }],
      tiers: Object.fromEntries(
        ["low", "standard", "high"].map((tier) => [tier, { vram_mb: 0, ram_mb: 512, disk_mb: 128 }]),
      ),
    }),
  ),
].map((runner) => ({
  schema: 1,
  version: "1.0.0",
  description: "For tests.",
  ...runner,
  tiers: Object.fromEntries(
    Object.entries(runner.tiers).map(([tier, needs]) => [
      tier,
      runner.engine === "builtin" ? needs : { ...needs, workflow: "graph.json", output_node: "save" },
    ]),
  ),
}));
/** The graph of those that ComfyUI would run. */
export const GRAPH = { save: { class_type: "SaveImage", inputs: {} } };
