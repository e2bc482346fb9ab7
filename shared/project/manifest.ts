import { z } from "zod";
import { Graph } from "../canvas/graph.ts";
import { Id } from "../ids.ts";
import { PixelAspect } from "../time/aspect.ts";
import { RateName } from "../time/rate.ts";
import { Tier } from "../tiers.ts";

/** `project.json`: what a project is, for whoever clones it. */
export const Manifest = z.strictObject({
  schema: z.literal(1),
  uuid: Id,
  title: z.string().min(1).max(120),
  created: z.iso.datetime(),
  description: z.string().max(4000),
  quality: Tier,
  fps: RateName,
  width: z.int().min(64).max(8192),
  height: z.int().min(64).max(8192),
  /** Absent: timecode counts every frame. */
  drop_frame: z.literal(true).optional(),
  /** Absent: square. */
  pixel_aspect: PixelAspect.optional(),
  canvas: Graph,
  /** By shot name: the node that makes it, and the name of its active take. */
  shots: z.record(z.string(), z.strictObject({ node: z.string(), active: z.string().optional() })),
});
export type Manifest = z.infer<typeof Manifest>;

/**
 * The manifest as the file has it: keys in one order, nodes and edges sorted by id, two spaces, a newline at
 * the end, so that one logical change is one small diff.
 */
export function writeManifest(manifest: Manifest): string {
  const byId = (a: { id: string }, b: { id: string }) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  const order = [
    "schema",
    "uuid",
    "title",
    "created",
    "description",
    "quality",
    "fps",
    "width",
    "height",
    "drop_frame",
    "pixel_aspect",
    "canvas",
    "shots",
  ] as const;
  const sorted: Record<string, unknown> = {};
  for (const key of order) if (manifest[key] !== undefined) sorted[key] = manifest[key];
  sorted.canvas = {
    nodes: manifest.canvas.nodes.toSorted(byId).map((node) => sortKeys(node, ["id", "type"])),
    edges: manifest.canvas.edges.toSorted(byId).map((edge) => sortKeys(edge, ["id"])),
  };
  sorted.shots = sortKeys(manifest.shots);
  return JSON.stringify(sorted, null, 2) + "\n";
}

/** The object with its keys in order: `first`, then by name; what is undefined left out. */
function sortKeys<T extends object>(value: T, first: readonly string[] = []): T {
  const rank = (key: string) => first.includes(key) ? String(first.indexOf(key)) : "z" + key;
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined)
      .sort(([a], [b]) => rank(a) < rank(b) ? -1 : 1)
      .map(([key, each]) => [key, sortWithin(each)]),
  ) as T;
}

/** Files in a list come with their keys in any order: as the database keeps them, or as somebody wrote them. */
function sortWithin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortWithin);
  return isRecord(value) ? sortKeys(value) : value;
}

function isRecord(value: unknown): value is object {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
