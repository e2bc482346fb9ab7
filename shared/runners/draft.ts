import { MANIFEST_FILE } from "./check.ts";
import { FILE_INPUTS, MODEL_FOLDERS, SAVERS } from "./loaders.ts";
import type { RunnerInput, RunnerManifest, Workflow } from "./manifest.ts";
import type { Tier } from "../tiers.ts";

/** A graph that somebody exported from ComfyUI becomes a runner: what in it could be an input, and the folder's files. Pure. */

type InputType = RunnerInput["type"];

/** One value of a graph that could be given by an artist. */
export interface Mark {
  node: string;
  input: string;
  /** "KSampler: steps" */
  title: string;
  type: InputType;
  value: unknown;
  /** The name that the studio would give it; null where it would leave it as it is. */
  suggested: string | null;
}

/** Names that the studio fills in by itself: forms leave them out. */
const FILLED_IN = new Set(["width", "height", "frames", "fps"]);
const TITLES: Record<string, string> = {
  prompt: "Prompt",
  negative_prompt: "Not wanted",
  seed: "Seed",
  width: "Width",
  height: "Height",
  frames: "Frames",
  fps: "Frames per second",
  image: "Start image",
  source: "Source",
  reference: "Reference",
  mask: "Mask",
  audio: "Sound",
  video: "Clip",
  steps: "Steps",
  guidance: "Guidance",
};
const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

export function marksOf(graph: Workflow, serves: RunnerManifest["serves"][number]): Mark[] {
  const texts = textsOf(graph);
  const marks: Mark[] = [];
  for (const [id, node] of Object.entries(graph)) {
    const file = FILE_INPUTS[node.class_type];
    for (const [input, value] of Object.entries(node.inputs)) {
      // Links, files of models, and where it is saved are not an artist's.
      if (Array.isArray(value) || MODEL_FOLDERS[`${node.class_type}.${input}`]) continue;
      if (input === "filename_prefix" || value === null || typeof value === "object") continue;
      const isUpload = file?.input === input;
      const type: InputType = isUpload ? file.type : typeOf(input, value);
      marks.push({
        node: id,
        input,
        title: `${node._meta?.title ?? node.class_type}: ${input}`,
        type,
        value,
        suggested: isUpload
          ? fileName(file.type, serves)
          : texts.get(`${id}.${input}`) ?? suggestionFor(node.class_type, input, value),
      });
    }
  }
  return marks;
}

/** The output node: the one that saves, and what it saves; null when none does. */
export function saverOf(graph: Workflow): { node: string; output: "image" | "video" } | null {
  const savers = Object.entries(graph).flatMap(([node, { class_type }]) =>
    SAVERS[class_type] ? [{ node, output: SAVERS[class_type] }] : []
  );
  return savers.find(({ output }) => output === "video") ?? savers[0] ?? null;
}

export interface Drafted {
  id: string;
  title: string;
  description: string;
  serves: RunnerManifest["serves"][number];
  tier: Tier;
  /** MiB. */
  vram_mb: number;
  ram_mb: number;
  graph: Workflow;
  /** Of its models; absent while nobody has said: then nothing that it makes may be sold. */
  licence?: string;
  commercial?: boolean;
  /** Chosen marks; several of one name are one input. */
  inputs: readonly (Pick<Mark, "node" | "input" | "type" | "value"> & {
    name: string;
    title?: string | undefined;
  })[];
}

/** The files of the runner's folder; a sentence when the graph saves nothing. */
export function draftRunner(draft: Drafted): Map<string, string> | string {
  const saver = saverOf(draft.graph);
  if (!saver) {
    return `The graph saves nothing: end it with one of ${Object.keys(SAVERS).join(", ")}.`;
  }
  const wanted = draft.serves === "shot" ? "video" : "image";
  if (saver.output !== wanted) {
    return `The graph saves ${
      saver.output === "video" ? "a video" : "an image"
    }, and what serves ${draft.serves} makes ${wanted === "video" ? "one" : "an image"}.`;
  }
  const workflow = `${draft.tier}.workflow.json`;
  const bindings: Bindings = {};
  const inputs = new Map<string, Record<string, unknown>>();
  for (const mark of draft.inputs) {
    (bindings[mark.name] ??= []).push([mark.node, mark.input]);
    if (!inputs.has(mark.name)) inputs.set(mark.name, inputFor(mark));
  }
  const manifest = {
    schema: 1,
    id: draft.id,
    version: "1.0.0",
    title: draft.title,
    description: draft.description,
    serves: [draft.serves],
    output: saver.output,
    engine: "comfyui",
    size_step: 16,
    ...saver.output === "video" ? rhythmOf(draft.graph, bindings) : {},
    inputs: [...inputs.values()],
    tiers: {
      [draft.tier]: {
        vram_mb: draft.vram_mb,
        ram_mb: draft.ram_mb,
        disk_mb: 2048,
        ...limitsOf(draft.graph, bindings),
        workflow,
        bindings,
        output_node: saver.node,
        models: modelsOf(draft.graph, draft),
      },
    },
  };
  return new Map([
    [MANIFEST_FILE, `${JSON.stringify(manifest, null, 2)}\n`],
    [workflow, `${JSON.stringify(draft.graph, null, 2)}\n`],
  ]);
}

/** A licence that nobody has said. */
export const UNSAID = "not stated";

/** The model files that a graph's loaders name. */
export function modelsOf(graph: Workflow, said: Pick<Drafted, "licence" | "commercial"> = {}) {
  const models = new Map<string, { folder: string; file: string; licence: string; commercial: boolean }>();
  for (const { class_type, inputs } of Object.values(graph)) {
    for (const [input, value] of Object.entries(inputs)) {
      const folder = MODEL_FOLDERS[`${class_type}.${input}`];
      if (!folder || typeof value !== "string") continue;
      const file = value.replaceAll("\\", "/").split("/").at(-1)!;
      models.set(`${folder}/${file}`, {
        folder,
        file,
        licence: said.licence ?? UNSAID,
        commercial: said.commercial ?? false,
      });
    }
  }
  return [...models.values()];
}

function inputFor({ name, title, type, value }: Drafted["inputs"][number]): Record<string, unknown> {
  const own = { name, title: title ?? TITLES[name] ?? words(name) };
  const hidden = FILLED_IN.has(name) ? { hidden: true, required: true } : {};
  switch (type) {
    case "text":
      return {
        ...own,
        type,
        multiline: name.includes("prompt"),
        ...(name === "prompt" ? { required: true } : { default: String(value) }),
      };
    case "integer":
      return name === "seed"
        ? { ...own, type, widget: "seed", default: 0, min: 0, max: LARGEST_SEED }
        : { ...own, type, ...hidden, ...(hidden.hidden ? {} : { default: Number(value) }) };
    case "number":
      return {
        ...own,
        type,
        ...hidden,
        ...(hidden.hidden ? {} : { default: Number(value) }),
        widget: "number",
      };
    case "boolean":
      return { ...own, type, default: Boolean(value) };
    case "choice":
      return {
        ...own,
        type,
        default: String(value),
        choices: [{ value: String(value), title: String(value) }],
      };
    default:
      return { ...own, type, required: true };
  }
}

/** Values with fractions, which an export writes as whole numbers where they are: `30` may have been 30.0. */
const FRACTIONAL =
  /^(?:cfg|guidance|denoise|(?:max_|base_)?shift|fps|frame_rate|(?:\w+_)?(?:strength|weight|scale|percent|sigma|noise|opacity)|strength_(?:model|clip)|(?:start|end)_at)$/;

function typeOf(input: string, value: unknown): InputType {
  if (typeof value === "boolean") return "boolean";
  if (typeof value !== "number") return "text";
  return Number.isInteger(value) && !FRACTIONAL.test(input) ? "integer" : "number";
}

/** Lengths that a model's frames come in, by the nodes that make its latents: `step * k + 1`. */
const FRAME_STEPS: readonly [RegExp, number][] = [[/LTXV/, 8], [/^Wan|Hunyuan|Cosmos/, 4]];

/** The rate and the lengths at which its author has it make clips. */
function rhythmOf(graph: Workflow, bindings: Bindings): Record<string, number> {
  const maker = bindings.frames?.map(([node]) => graph[node]?.class_type ?? "").find(Boolean) ?? "";
  const step = FRAME_STEPS.find(([name]) => name.test(maker))?.[1];
  const fps = numberAt(graph, bindings.fps);
  return {
    ...step ? { frame_step: step, frame_offset: 1 } : {},
    ...fps ? { native_fps: fps } : {},
  };
}

/** What its author has tried is what it is known to make; a larger size or length is theirs to write in. */
function limitsOf(graph: Workflow, bindings: Bindings): Record<string, number> {
  const width = numberAt(graph, bindings.width);
  const height = numberAt(graph, bindings.height);
  const frames = numberAt(graph, bindings.frames);
  return {
    ...width && height ? { max_area: width * height } : {},
    ...frames ? { max_frames: frames } : {},
  };
}

function numberAt(graph: Workflow, places: Bindings[string] | undefined): number | null {
  const [node, input] = places?.[0] ?? [];
  const value = node === undefined || input === undefined ? null : graph[node]?.inputs[input];
  return typeof value === "number" && value > 0 ? value : null;
}

type Bindings = Record<string, [string, string][]>;

function suggestionFor(classType: string, input: string, value: unknown): string | null {
  if (input === "seed" || input === "noise_seed") return "seed";
  const makesLatent = /^Empty.*Latent|LatentVideo|ToVideo|ImageToVideo/.test(classType);
  if (makesLatent && (input === "width" || input === "height")) return input;
  if (makesLatent && (input === "length" || input === "num_frames")) return "frames";
  if (input === "fps" && typeof value === "number") return "fps";
  if (input === "steps" && typeof value === "number") return "steps";
  return input === "guidance" ? "guidance" : null;
}

function fileName(type: InputType, serves: Drafted["serves"]): string {
  if (type !== "image") return type;
  return serves === "shot" ? "image" : serves === "generate_image" ? "reference" : "source";
}

/** Texts that reach a sampler: `node.input` to prompt or negative_prompt, found by going up the wires. */
function textsOf(graph: Workflow): Map<string, string> {
  const found = new Map<string, string>();
  const claim = (from: unknown, name: string) => {
    const seen = new Set<string>();
    const open = [from];
    while (open.length > 0) {
      const link = open.pop();
      if (!Array.isArray(link) || seen.has(String(link[0]))) continue;
      seen.add(String(link[0]));
      const node = graph[String(link[0])];
      if (!node) continue;
      const text = Object.entries(node.inputs).find(([input, value]) =>
        typeof value === "string" && ["text", "positive_prompt", "prompt", "t5xxl"].includes(input)
      );
      if (text) found.set(`${link[0]}.${text[0]}`, found.get(`${link[0]}.${text[0]}`) ?? name);
      else open.push(...throughWires(node.inputs, name));
    }
  };
  for (const { inputs } of Object.values(graph)) {
    if ("positive" in inputs) claim(inputs.positive, "prompt");
    if ("negative" in inputs) claim(inputs.negative, "negative_prompt");
    if ("conditioning" in inputs && !("positive" in inputs)) claim(inputs.conditioning, "prompt");
  }
  return found;
}

/** A node that has both sides passes each on to its own. */
function throughWires(inputs: Workflow[string]["inputs"], name: string): unknown[] {
  if ("positive" in inputs && "negative" in inputs) {
    return [name === "prompt" ? inputs.positive : inputs.negative];
  }
  return ["conditioning", "conditioning_1", "conditioning_to", "positive"].flatMap((input) =>
    inputs[input] ?? []
  );
}

function words(name: string): string {
  const text = name.replaceAll("_", " ");
  return text[0]!.toUpperCase() + text.slice(1);
}
