import type { GeneratingNode } from "../../shared/canvas/graph.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { RunnerInput, RunnerManifest } from "../../shared/runners/manifest.ts";

export type Value = string | number | boolean;
export type Params = Record<string, Value>;

const FILES: readonly string[] = ["image", "mask", "audio", "video"];
export function isFile(input: RunnerInput): boolean {
  return FILES.includes(input.type);
}

/**
 * The runner's inputs but the files. Later ones win: the manifest's defaults, the pipeline's params, the node's params, and
 * what the node itself says (`own`). Names that the runner does not have are left out and returned, so that the job's story can
 * say so: they are what remains on a node whose runner was changed.
 *
 * Throws ProblemError unprocessable for a value that the manifest does not allow, and for a required one that is missing.
 */
export function resolveParams(
  manifest: RunnerManifest,
  node: Pick<GeneratingNode, "title">,
  given: { pipeline: Params; node: Params; own: Params },
): { params: Params; leftOut: string[] } {
  const asked: Params = { ...given.pipeline, ...given.node, ...given.own };
  const params: Params = {};
  for (const input of manifest.inputs) {
    if (isFile(input)) continue;
    const value = asked[input.name] ?? ("default" in input ? input.default : undefined);
    if (value === undefined || value === "") {
      if (input.required) {
        throw unprocessable(
          `"${node.title}" has no ${input.title.toLowerCase()}; ${manifest.title} needs it.`,
        );
      }
      if (value === undefined) continue;
    }
    const wrong = fault(input, value);
    if (wrong) throw unprocessable(`"${node.title}": ${input.title} ${wrong}, not ${JSON.stringify(value)}.`);
    params[input.name] = value;
  }
  const known = new Set(manifest.inputs.map((input) => input.name));
  const leftOut = Object.keys({ ...given.pipeline, ...given.node }).filter((name) => !known.has(name));
  return { params, leftOut };
}

function fault(input: RunnerInput, value: Value): string | null {
  switch (input.type) {
    case "text":
      return typeof value === "string" ? null : "must be text";
    case "boolean":
      return typeof value === "boolean" ? null : "must be on or off";
    case "choice":
      return input.choices.some((choice) => choice.value === value)
        ? null
        : `must be one of ${input.choices.map((choice) => choice.value).join(", ")}`;
    case "integer":
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
      if (input.type === "integer" && !Number.isInteger(value)) return "must be a whole number";
      if (input.min !== undefined && value < input.min) return `must be at least ${input.min}`;
      if (input.max !== undefined && value > input.max) return `must be at most ${input.max}`;
      return null;
    }
    default:
      return null;
  }
}

function unprocessable(sentence: string): ProblemError {
  return new ProblemError("unprocessable", sentence);
}
