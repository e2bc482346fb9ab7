import type { Runner } from "./check.ts";
import { CORE_NODES, SERVICE_NODES } from "./core_nodes.ts";
import { FILE_INPUTS, MODEL_FOLDERS } from "./loaders.ts";
import type { RunnerManifest, Workflow } from "./manifest.ts";

/**
 * What somebody else's runner could do to the machine that runs it, told before it is installed. ComfyUI runs a node with
 * the rights of whoever started it, and a graph chooses the nodes. Pure.
 */
export interface Risk {
  kind: "code" | "pack" | "service" | "files" | "writes" | "container";
  /** For the owner of the machine. */
  sentence: string;
}

/** What of a runner is looked at. */
export interface Judged {
  manifest: Pick<RunnerManifest, "engine" | "container" | "node_classes" | "inputs" | "tiers">;
  workflows: Runner["workflows"];
}

/** The same of a graph that is no runner yet. */
export function risksOfGraph(graph: Workflow): Risk[] {
  return risksOf({
    manifest: { engine: "comfyui", node_classes: [], inputs: [], tiers: {} },
    workflows: new Map([["graph", graph]]),
  });
}

/** Packs' nodes that run text as a program go by such names. */
const CODE = /python|exec|eval|shell|script|subprocess|(?<![a-z])code(?!former|c)|bash|terminal|command/i;

/** Core nodes that read from the machine what no artist has given. */
const READERS = new Set([
  "LoadImageOutput",
  "LoadImageSetFromFolderNode",
  "LoadImageTextSetFromFolderNode",
  "LoadLatent",
  "Load3D",
  "Load3DAnimation",
  "WebcamCapture",
  "RecordAudio",
]);

/** Core nodes that fill disks: whole models, latents, training. */
const WRITERS = new Set([
  "CheckpointSave",
  "ImageOnlyCheckpointSave",
  "CLIPSave",
  "VAESave",
  "ModelSave",
  "LoraSave",
  "SaveLoRANode",
  "SaveLatent",
  "TrainLoraNode",
]);

/** Model files that Python unpacks as objects, which can bring code. */
const PICKLED = /\.(?:ckpt|pt|pth|bin|pkl)$/i;

export function risksOf(runner: Judged): Risk[] {
  const nodes = [...runner.workflows.values()].flatMap((graph) => Object.values(graph));
  const classes = [...new Set([...runner.manifest.node_classes, ...nodes.map((node) => node.class_type)])]
    .sort();
  const strangers = runner.manifest.engine === "container"
    ? []
    : classes.filter((name) => !CORE_NODES.has(name) && !SERVICE_NODES.has(name));
  return [
    ...one(
      "code",
      strangers.filter((name) => CODE.test(name)),
      (names) =>
        `By name, ${names} ${runs(names)} a program that the graph brings, with all rights of your account.`,
    ),
    ...one(
      "pack",
      strangers.filter((name) => !CODE.test(name)),
      (names) =>
        `${names} ${
          comes(names)
        } with a node pack, not with ComfyUI: a program of others, with all rights of your account.`,
    ),
    ...one(
      "service",
      classes.filter((name) => SERVICE_NODES.has(name)),
      (names) => `${names} ${sends(names)} prompts and pictures to a service on the internet, at its price.`,
    ),
    ...one(
      "files",
      classes.filter((name) => READERS.has(name)),
      (names) =>
        `${names} ${reads(names)} files, a camera or a microphone of your machine that no artist gave.`,
    ),
    ...one("files", readsPaths(runner.workflows), (names) => `It names files of your machine: ${names}.`),
    ...one(
      "files",
      boundToFiles(runner),
      (names) =>
        `An artist could name files of your machine with its input ${names}, and see them in the take.`,
    ),
    ...one(
      "files",
      pickled(runner.manifest, nodes),
      (names) =>
        `${names}: ${
          names.includes(" and ") ? "these models are" : "this model is"
        } a pickle, which can bring code that runs when it is loaded.`,
    ),
    ...one(
      "writes",
      classes.filter((name) => WRITERS.has(name)),
      (names) =>
        `${names} ${
          names.includes(" and ") ? "write" : "writes"
        } models or latents to your disk with every job.`,
    ),
    ...runner.manifest.engine === "container" && runner.manifest.container
      ? [{
        kind: "container" as const,
        sentence:
          `It runs the image ${runner.manifest.container.image}, a program of others, in a container without network or rights.`,
      }]
      : [],
  ];
}

function one(kind: Risk["kind"], names: readonly string[], sentence: (names: string) => string): Risk[] {
  return names.length === 0 ? [] : [{ kind, sentence: sentence(listed(names)) }];
}

/** Literal paths that lead out of ComfyUI's folders, wherever they stand. */
function readsPaths(workflows: Runner["workflows"]): string[] {
  const found = [...workflows.values()].flatMap((graph) =>
    Object.values(graph).flatMap(({ inputs }) =>
      Object.values(inputs).flatMap((value) => typeof value === "string" && isPath(value) ? [value] : [])
    )
  );
  return [...new Set(found)].map((path) => path.length > 80 ? `${path.slice(0, 79)}…` : path);
}

function isPath(text: string): boolean {
  if (/\s/.test(text.trim())) return /^(?:\/|[A-Za-z]:[\\/]|\\\\|file:|~\/)/.test(text);
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\|file:|~\/)|(?:^|[\\/])\.\.(?:[\\/]|$)/.test(text);
}

/** Texts and choices of an artist that go where a file is named. Uploads are files that she gave. */
function boundToFiles({ manifest, workflows }: Judged): string[] {
  const texts = new Set(
    manifest.inputs.filter(({ type }) => type === "text" || type === "choice").map(({ name }) => name),
  );
  const found = Object.values(manifest.tiers).flatMap((tier) =>
    [{ workflow: tier.workflow, bindings: tier.bindings }, ...tier.large ? [tier.large] : []].flatMap((
      graph,
    ) =>
      Object.entries(graph.bindings).flatMap(([name, places]) =>
        texts.has(name) &&
          places.some(([node, input]) => namesFile(workflows.get(graph.workflow ?? "")?.[node], input))
          ? [name]
          : []
      )
    )
  );
  return [...new Set(found)];
}

function namesFile(node: Workflow[string] | undefined, input: string): boolean {
  if (!node) return false;
  return FILE_INPUTS[node.class_type]?.input === input || READERS.has(node.class_type) ||
    input === "filename_prefix" || `${node.class_type}.${input}` in MODEL_FOLDERS ||
    /(?:^|_)(?:file|path|filename|folder|directory|dir|url)(?:_|$)/.test(input);
}

function pickled(manifest: Judged["manifest"], nodes: Workflow[string][]): string[] {
  const models = Object.values(manifest.tiers).flatMap((tier) => tier.models.map(({ file }) => file));
  const named = nodes.flatMap(({ class_type, inputs }) =>
    Object.entries(inputs).flatMap(([input, value]) =>
      typeof value === "string" && `${class_type}.${input}` in MODEL_FOLDERS ? [value] : []
    )
  );
  // In a container a pickle reaches no further than the container.
  return manifest.engine === "container"
    ? []
    : [...new Set([...models, ...named])].filter((file) => PICKLED.test(file));
}

function listed(names: readonly string[]): string {
  const shown = names.length > 12 ? [...names.slice(0, 12), `${names.length - 12} more`] : names;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

const several = (names: string) => names.includes(" and ");
const runs = (names: string) => several(names) ? "run" : "runs";
const comes = (names: string) => several(names) ? "come" : "comes";
const sends = (names: string) => several(names) ? "send" : "sends";
const reads = (names: string) => several(names) ? "read" : "reads";
