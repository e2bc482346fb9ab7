import { z } from "zod";
import { fileRefsOf } from "../canvas/file_refs.ts";
import { Graph } from "../canvas/graph.ts";
import { graphFaults } from "../canvas/operations.ts";
import { Id } from "../ids.ts";
import { Oid } from "../lfs/pointer.ts";

/** The folders of a studio's library. */
export const LIBRARY_FOLDERS = [
  "Characters",
  "Styles",
  "Locations",
  "Pipeline_Templates",
  "Stock_Media",
  "Branding",
] as const;
export const LibraryFolder = z.enum(LIBRARY_FOLDERS);
export type LibraryFolder = z.infer<typeof LibraryFolder>;

/** An asset with its pictures, another single node with its settings, a group with all that lies in it, a file by itself. */
export const ItemKind = z.enum(["asset", "node", "template", "media"]);
export type ItemKind = z.infer<typeof ItemKind>;

export const ItemTitle = z.string().min(1).max(120);
export const ItemTags = z.array(z.string().min(1).max(40)).max(30);
export const ItemDescription = z.string().max(4000);
export const VersionNote = z.string().max(500);

/** A file that lies beside item.json, as a pointer. */
export const ItemFile = z.strictObject({
  name: z.string().min(1).max(200).regex(/^[^/\\]+$/, "must be a name without folders"),
  oid: Oid,
  size: z.int().min(1),
  /** As formatOf() names it; empty for what the studio does not know. */
  format: z.string().max(20),
});
export type ItemFile = z.infer<typeof ItemFile>;

/** What one version is. A FileRef's `path` in the graph is the name of one of `files`. */
export const ItemContent = z.strictObject({
  kind: ItemKind,
  /** Name of the file that stands for it. */
  poster: z.string().max(200).optional(),
  files: z.array(ItemFile).max(500),
  /** From (0, 0); of media an asset that shows it, or nothing for sound and clips. */
  graph: Graph,
});
export type ItemContent = z.infer<typeof ItemContent>;

/** `<Folder>/<name>/item.json` in the library's repository. */
export const ItemManifest = z.strictObject({
  schema: z.literal(1),
  id: Id,
  title: ItemTitle,
  description: ItemDescription,
  tags: ItemTags,
  /** No longer offered; who uses it keeps it. */
  retired: z.boolean(),
  /** Counts up with the content, which never changes under its number. */
  version: z.int().min(1).max(1_000_000),
  note: VersionNote,
  published_by: z.string().max(200),
  published_at: z.iso.datetime(),
  content: ItemContent,
});
export type ItemManifest = z.infer<typeof ItemManifest>;

/** What is wrong with an item's content, as sentences. */
export function contentFaults(content: ItemContent): string[] {
  const files = new Map(content.files.map((file) => [file.name, file]));
  const faults = graphFaults(content.graph);
  if (files.size < content.files.length) faults.push("Two of its files have the same name.");
  for (const { path, oid } of fileRefsOf(content.graph)) {
    if (files.get(path)?.oid !== oid) faults.push(`The graph uses ${path}, which is none of its files.`);
  }
  if (content.poster !== undefined && !files.has(content.poster)) {
    faults.push(`The poster ${content.poster} is none of its files.`);
  }
  const { nodes } = content.graph;
  if (content.kind !== "media" && nodes.length === 0) faults.push("It has no node.");
  return faults;
}

/** item.json as the file has it: the same content is the same bytes. */
export function writeItem(manifest: ItemManifest): string {
  const {
    schema,
    id,
    title,
    description,
    tags,
    retired,
    version,
    note,
    published_by,
    published_at,
    content,
  } = manifest;
  const { kind, poster, files, graph } = content;
  const ordered = {
    schema,
    id,
    title,
    description,
    tags,
    retired,
    version,
    note,
    published_by,
    published_at,
    content: { kind, ...(poster === undefined ? {} : { poster }), files, graph },
  };
  return JSON.stringify(ordered, null, 2) + "\n";
}
