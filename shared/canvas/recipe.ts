import { z } from "zod";
import type { Draft } from "./draft.ts";
import type { GeneratingNode } from "./graph.ts";

/**
 * What a take is made from, part by part, as fingerprints: small enough to lie in every job and take, and enough to say what
 * has changed on the canvas since. The parts of an asset are named `asset:<node id>`.
 */
export const Recipe = z.record(z.string().max(80), z.string().max(32));
export type Recipe = z.infer<typeof Recipe>;

/** Parts in the words of the canvas, in the order in which they are named. */
const WORDS: Readonly<Record<string, string>> = {
  prompt: "prompt",
  negative_prompt: "what to keep out",
  seed: "seed",
  source: "source",
  control: "control picture",
  image: "start image",
  mask: "mask",
  duration: "duration",
  size: "size",
  runner: "runner",
  pipeline: "pipeline",
  params: "settings",
  files: "sound or clip",
};

type Wires = Pick<Draft, "nodes" | "into">;

/** The recipe of a node as it is now. `activeTake` gives the id of another node's chosen take. */
export function recipeOf(
  wires: Wires,
  node: GeneratingNode,
  activeTake: (nodeId: string) => string | null,
): Recipe {
  const recipe: Recipe = {};
  const put = (part: string, value: unknown) => {
    const empty = value === undefined || value === null || value === "" || isEmptyRecord(value);
    if (!empty) recipe[part] = fingerprint(value);
  };
  put("prompt", node.prompt.trim());
  put("negative_prompt", node.negative_prompt.trim());
  if (node.seed_locked) put("seed", node.seed);
  put("runner", node.runner);
  put("params", node.params);
  put("files", oidsOf(node.files));
  if (node.type === "shot") put("duration", node.duration);
  else put("size", sizeOf(node));
  if (node.type === "edit_image") put("mask", node.mask?.oid);
  for (const edge of wires.into(node.id)) {
    const from = wires.nodes.get(edge.source);
    if (!from || edge.target_port === "previous") continue;
    if (from.type === "pipeline") {
      put("pipeline", {
        runner: from.runner ?? "",
        params: from.params,
        // Left out where there is none: takes made before files were there stay up to date.
        ...(from.files ? { files: oidsOf(from.files) } : {}),
      });
    } else if (from.type === "asset" && edge.target_port === "assets") {
      const { kind, images } = from;
      const description = from.description.trim();
      // The name is woven into the prompt with the description, and only with it.
      put(`asset:${from.id}`, {
        kind,
        description,
        images: images.map((image) => image.oid),
        ...(description ? { title: from.title } : {}),
      });
    } else if (from.type === "asset") put(edge.target_port, from.images[0]?.oid ?? "none");
    else put(edge.target_port, activeTake(from.id) ?? "none");
  }
  return recipe;
}

/** The seed that was drawn for one take, so that a node that is locked to it later counts as unchanged. */
export function withSeed(recipe: Recipe, seed: number): Recipe {
  return { ...recipe, seed: fingerprint(seed) };
}

/** What is not as it was, in words; empty when nothing is. An unlocked seed is no change: it is new for each take anyway. */
export function recipeChanges(
  then: Recipe,
  now: Recipe,
  titleOf: (nodeId: string) => string | null,
): string[] {
  const rank = (part: string) => part in WORDS ? Object.keys(WORDS).indexOf(part) : Object.keys(WORDS).length;
  const parts = [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter((part) =>
      part === "seed" ? now.seed !== undefined && then.seed !== now.seed : then[part] !== now[part]
    )
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [...new Set(parts.map((part) => wordFor(part, titleOf)))];
}

/** "prompt changed", "prompt, seed and Keeper changed" */
export function changesInWords(changes: readonly string[]): string {
  const last = changes.at(-1) ?? "something";
  const others = changes.slice(0, -1).join(", ");
  return `${others ? `${others} and ` : ""}${last} changed`;
}

function wordFor(part: string, titleOf: (nodeId: string) => string | null): string {
  if (part.startsWith("asset:")) return titleOf(part.slice("asset:".length)) ?? "an asset";
  return WORDS[part] ?? part;
}

function oidsOf(files: GeneratingNode["files"]): Record<string, string> | undefined {
  return files && Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.oid]));
}

function sizeOf({ width, height }: { width?: number | undefined; height?: number | undefined }): unknown {
  return width === undefined && height === undefined ? undefined : [width ?? 0, height ?? 0];
}

function isEmptyRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** 53 bits of a value's canonical JSON (cyrb53): equal values have equal ones; it is no protection against anybody. */
export function fingerprint(value: unknown): string {
  const text = JSON.stringify(canonical(value));
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, each]) => [key, canonical(each)]),
  );
}
