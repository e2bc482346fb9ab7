import type { RunnerInput, RunnerManifest, Workflow } from "./manifest.ts";

/** Fills a workflow in: template, bindings and a job's parameters become the prompt that ComfyUI runs. Pure. */

export type Param = string | number | boolean;

export interface BindRequest {
  manifest: Pick<RunnerManifest, "id" | "inputs">;
  workflow: Workflow;
  bindings: Readonly<Record<string, readonly (readonly [node: string, input: string])[]>>;
  /** What the job says: the runner's inputs but the files, and the standard names of {@link STANDARD}. */
  params: Readonly<Record<string, Param>>;
  /** File inputs: the name that ComfyUI gave each upload. */
  files: Readonly<Record<string, string>>;
  /**
   * Begins the names of the files that are written. It must be the job's own: on a full cache hit ComfyUI writes
   * nothing and answers with the names of an earlier prompt.
   */
  filenamePrefix: string;
  /** Model files as this machine lists them, by the name in the workflow: `flux/flux1-dev.safetensors`. */
  models?: ReadonlyMap<string, string>;
}

/** Parameters that every job may carry, whether or not a runner uses them. */
export const STANDARD: readonly string[] = [
  "prompt",
  "negative_prompt",
  "seed",
  "width",
  "height",
  "frames",
  "fps",
];

/** What bind() derives by itself. */
const DERIVED: readonly string[] = ["half_width", "half_height"];

/** Parameters and manifest don't go together, or manifest and workflow don't. `input` names the culprit. */
export class BindError extends Error {
  override name = "BindError";
  readonly code: "unknown_input" | "missing_input" | "wrong_type" | "out_of_range" | "no_such_place";
  readonly input: string;
  constructor(code: BindError["code"], input: string, message: string) {
    super(message);
    this.code = code;
    this.input = input;
  }
}

/**
 * The prompt. The template is not changed.
 *
 * An optional text that is empty, and an optional value that is missing, leave what the workflow has.
 *
 * @throws {BindError} naming the input.
 */
export function bindWorkflow(request: BindRequest): Workflow {
  const { manifest, bindings, params } = request;
  const inputs = new Map(manifest.inputs.map((input) => [input.name, input]));
  for (const name of Object.keys(params)) {
    if (!inputs.has(name) && !STANDARD.includes(name)) {
      throw new BindError("unknown_input", name, `The runner ${manifest.id} has no input "${name}".`);
    }
  }
  const prompt = structuredClone(request.workflow);
  for (const input of manifest.inputs) {
    const value = valueOf(input, request);
    if (value !== undefined) place(prompt, bindings[input.name] ?? [], input.name, value);
  }
  for (const [name, places] of Object.entries(bindings)) {
    if (inputs.has(name)) continue;
    place(prompt, places, name, standard(name, request));
  }
  for (const node of Object.values(prompt)) {
    if ("filename_prefix" in node.inputs) node.inputs.filename_prefix = request.filenamePrefix;
    for (const [key, value] of Object.entries(node.inputs)) {
      const listed = typeof value === "string" ? request.models?.get(value) : undefined;
      if (listed !== undefined) node.inputs[key] = listed;
    }
  }
  return prompt;
}

/** The value of a runner's own input; undefined leaves the workflow's. */
function valueOf(input: RunnerInput, { manifest, params, files }: BindRequest): Param | undefined {
  if (isFile(input)) {
    const file = files[input.name];
    if (file === undefined && input.required) throw missing(input, manifest.id);
    return file;
  }
  const given = params[input.name] ?? input.default;
  if (given === undefined || given === "") {
    if (input.required) throw missing(input, manifest.id);
    return undefined;
  }
  return checked(input, given);
}

function checked(input: Exclude<RunnerInput, { type: FileType }>, value: Param): Param {
  switch (input.type) {
    case "text":
      return typeof value === "string" ? value : wrongType(input, value, "text");
    case "boolean":
      return typeof value === "boolean" ? value : wrongType(input, value, "true or false");
    case "choice":
      if (!input.choices.some((choice) => choice.value === value)) {
        const choices = input.choices.map((choice) => choice.value).join(", ");
        return wrongType(input, value, `one of ${choices}`);
      }
      return value;
    case "integer":
      // Beyond 2^53-1 a JSON number would not arrive as it was sent.
      if (typeof value !== "number" || !Number.isSafeInteger(value)) {
        return wrongType(input, value, "a whole number of at most 2^53-1");
      }
      return inRange(input, value);
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) return wrongType(input, value, "a number");
      return inRange(input, value);
  }
}

function inRange(input: { name: string; title: string; min?: number; max?: number }, value: number): number {
  if ((input.min !== undefined && value < input.min) || (input.max !== undefined && value > input.max)) {
    const range = `${input.min ?? "-∞"} to ${input.max ?? "∞"}`;
    throw new BindError(
      "out_of_range",
      input.name,
      `${input.title} (${input.name}) is ${value}; it goes from ${range}.`,
    );
  }
  return value;
}

/** A standard or derived number. */
function standard(name: string, request: BindRequest): number {
  const { params } = request;
  const value = DERIVED.includes(name) ? half(params[name.slice("half_".length)]) : params[name];
  if (value === undefined) {
    throw new BindError(
      "missing_input",
      name,
      `The job says no ${name}, which the runner ${request.manifest.id} needs.`,
    );
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) {
    throw new BindError("wrong_type", name, `${name} is ${shown(value)}; it must be a number above 0.`);
  }
  return value;
}

function half(value: Param | undefined): Param | undefined {
  return typeof value === "number" ? value / 2 : value;
}

function place(
  prompt: Workflow,
  places: readonly (readonly [string, string])[],
  name: string,
  value: Param,
): void {
  for (const [id, key] of places) {
    const node = prompt[id];
    if (!node) {
      throw new BindError(
        "no_such_place",
        name,
        `Input "${name}" goes to node "${id}", which the workflow lacks.`,
      );
    }
    node.inputs[key] = value;
  }
}

/** Why bindings and workflow don't go together: sentences, none when they do. For whoever writes a runner. */
export function bindingFaults(
  manifest: Pick<RunnerManifest, "inputs">,
  workflow: Workflow,
  bindings: BindRequest["bindings"],
): string[] {
  const known = new Set([...manifest.inputs.map((input) => input.name), ...STANDARD, ...DERIVED]);
  const faults: string[] = [];
  for (const [name, places] of Object.entries(bindings)) {
    if (!known.has(name)) faults.push(`bindings.${name}: there is no such input`);
    for (const [id, key] of places) {
      const node = workflow[id];
      if (!node) faults.push(`bindings.${name}: the workflow has no node "${id}"`);
      else if (!(key in node.inputs)) faults.push(`bindings.${name}: node "${id}" has no input "${key}"`);
      else if (Array.isArray(node.inputs[key])) {
        faults.push(`bindings.${name}: input "${key}" of node "${id}" is a link to another node`);
      }
    }
  }
  return faults;
}

type FileType = "image" | "mask" | "audio" | "video";
function isFile(input: RunnerInput): input is Extract<RunnerInput, { type: FileType }> {
  return input.type === "image" || input.type === "mask" || input.type === "audio" || input.type === "video";
}

function missing(input: RunnerInput, runner: string): BindError {
  return new BindError(
    "missing_input",
    input.name,
    `The runner ${runner} needs ${input.title} (${input.name}).`,
  );
}

function wrongType(input: RunnerInput, value: Param, wanted: string): never {
  throw new BindError(
    "wrong_type",
    input.name,
    `${input.title} (${input.name}) is ${shown(value)}; it must be ${wanted}.`,
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
