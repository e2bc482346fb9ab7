import { BindError, bindWorkflow, type Param } from "../../shared/runners/bind.ts";
import { graphFor, type Runner } from "../../shared/runners/check.ts";
import type { RunnerInput, RunnerManifest, RunnerTier } from "../../shared/runners/manifest.ts";
import { type ObjectInfo, validate } from "../comfyui/validate.ts";

/** What a ComfyUI has, to check graphs against. */
export interface Installed {
  objectInfo: ObjectInfo;
  /** File names by models folder. */
  models: Readonly<Record<string, readonly string[]>>;
}

/**
 * Fills in every graph of a runner with example values and checks it as ComfyUI would: sentences that name tier, node and
 * input. What the models' files are is their own question: a file that the manifest lists counts as there.
 */
export function checkGraphs(runner: Runner, installed: Installed): string[] {
  const faults: string[] = [];
  for (const [name, tier] of Object.entries(runner.manifest.tiers)) {
    for (const area of areasOf(tier)) {
      const graph = graphFor(tier, area);
      const workflow = graph && runner.workflows.get(graph.workflow);
      if (!workflow) continue;
      const files = exampleFiles(runner.manifest);
      let prompt;
      try {
        prompt = bindWorkflow({
          manifest: runner.manifest,
          workflow,
          bindings: graph.bindings,
          params: exampleParams(runner.manifest),
          files,
          filenamePrefix: "studio/check",
        });
      } catch (error) {
        if (!(error instanceof BindError)) throw error;
        faults.push(`${name}: ${graph.workflow}: ${error.message}`);
        continue;
      }
      const verdict = validate(prompt, {
        objectInfo: installed.objectInfo,
        models: withListed(installed.models, tier),
        uploads: new Set(Object.values(files)),
        current: false,
      });
      if (verdict.error?.type.startsWith("prompt_") === false) {
        faults.push(`${name}: ${graph.workflow}: ${verdict.error.message}`);
      }
      for (const [id, node] of Object.entries(verdict.node_errors)) {
        for (const error of node.errors) {
          faults.push(
            `${name}: ${graph.workflow}: node "${id}" (${node.class_type}): ${error.message}: ${
              short(error.details)
            }`,
          );
        }
      }
      if (verdict.error === null && !verdict.outputs.includes(graph.output_node)) {
        faults.push(`${name}: ${graph.workflow}: node "${graph.output_node}" saves nothing`);
      }
    }
  }
  return [...new Set(faults)];
}

/** One size for each graph of the tier. */
function areasOf(tier: RunnerTier): number[] {
  return [tier.large?.above_area ?? 512 * 512, ...tier.large ? [tier.large.above_area + 1] : []];
}

function withListed(models: Installed["models"], tier: RunnerTier): Record<string, string[]> {
  const all = Object.fromEntries(Object.entries(models).map(([folder, files]) => [folder, [...files]]));
  for (const { folder, file } of tier.models) (all[folder] ??= []).push(file);
  return all;
}

/** Something of the right type for everything that an artist would give. */
export function exampleParams(manifest: RunnerManifest): Record<string, Param> {
  const params: Record<string, Param> = { prompt: "a lamp", seed: 3, width: 512, height: 512 };
  if (manifest.output === "video") Object.assign(params, { frames: 17, fps: 16 });
  for (const input of manifest.inputs) {
    if (!(input.name in params) && input.required) Object.assign(params, exampleOf(input));
  }
  return params;
}

function exampleOf(input: RunnerInput): Record<string, Param> {
  switch (input.type) {
    case "text":
      return { [input.name]: "a lamp" };
    case "integer":
      return { [input.name]: input.default ?? input.min ?? 1 };
    case "number":
      return { [input.name]: input.default ?? input.min ?? 1 };
    case "boolean":
      return { [input.name]: true };
    case "choice":
      return { [input.name]: input.default };
    default:
      return {};
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = { audio: "wav", video: "mp4" };

/** An uploaded file's name for each input that takes one. */
export function exampleFiles(manifest: RunnerManifest): Record<string, string> {
  return Object.fromEntries(
    manifest.inputs.filter(({ type }) => ["image", "mask", "audio", "video"].includes(type))
      .map(({ name, type }) => [name, `studio/${name}.${EXTENSIONS[type] ?? "png"}`]),
  );
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
