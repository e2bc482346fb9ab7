import type { GeneratingNode } from "./graph.ts";

/** The fields of a node that decide what its takes look like. Not its name, its place, its trims or its wires. */
const FIELDS = [
  "prompt",
  "negative_prompt",
  "seed",
  "runner",
  "params",
  "files",
  "duration",
  "width",
  "height",
  "mask",
] as const;

/** A node's settings as they are now; what it does not have is left out. */
export function settingsOf(node: GeneratingNode): Record<string, unknown> {
  const fields = node as unknown as Record<string, unknown>;
  return Object.fromEntries(
    FIELDS.flatMap((field) => fields[field] === undefined ? [] : [[field, fields[field]]]),
  );
}

/**
 * The fields to set on `node` so that it has `settings` again, with the seed locked; null removes one. Of settings that another kind
 * of node had, only what this kind has too is taken.
 */
export function restoringSettings(
  node: GeneratingNode,
  settings: Record<string, unknown>,
): Record<string, unknown> {
  const optional = new Set<string>(["runner", "width", "height", "mask", "files"]);
  const has = (field: string) =>
    field in node ||
    optional.has(field) && (field === "runner" || field === "files" || node.type !== "shot") &&
      (field !== "mask" || node.type === "edit_image");
  const set: Record<string, unknown> = { seed_locked: true };
  for (const field of FIELDS) {
    if (!has(field)) continue;
    if (settings[field] !== undefined) set[field] = settings[field];
    else if (optional.has(field)) set[field] = null;
  }
  return set;
}
