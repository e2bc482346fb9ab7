import { z } from "zod";
import { Asset } from "../assets/asset.ts";
import { Graph } from "../canvas/graph.ts";
import { PageQuery } from "../http/list.ts";
import { Id } from "../ids.ts";
import {
  ItemDescription,
  ItemKind,
  ItemTags,
  ItemTitle,
  LibraryFolder,
  VersionNote,
} from "../library/item.ts";
import { Oid } from "../lfs/pointer.ts";

/** GET /api/library */
export const Library = z.object({
  git_url: z.string(),
  /** How many items there are, those that are retired left out. */
  folders: z.array(z.object({ folder: LibraryFolder, items: z.int() })),
  /** The tags used most, most used first. */
  tags: z.array(z.object({ tag: z.string(), items: z.int() })),
});
export type Library = z.infer<typeof Library>;

/** GET /api/library/items */
export const ItemsQuery = PageQuery.extend({
  folder: LibraryFolder.optional(),
  /** Part of a title or of a tag. */
  search: z.string().trim().min(1).max(100).optional(),
  /** A whole tag. */
  tag: z.string().trim().min(1).max(40).optional(),
  /** Ids with commas between: these only, retired ones too. */
  ids: z.string().max(4000).optional(),
  retired: z.enum(["true", "false"]).default("false"),
});

export const LibraryItem = z.object({
  id: Id,
  folder: LibraryFolder,
  /** Folder in the library's repository. */
  path: z.string(),
  kind: ItemKind,
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  retired: z.boolean(),
  /** The newest version. */
  version: z.int(),
  note: z.string(),
  published_by: z.string(),
  published_at: z.iso.datetime(),
  /** How many nodes and files it brings. */
  nodes: z.int(),
  files: z.int(),
  poster_url: z.string().nullable(),
});
export type LibraryItem = z.infer<typeof LibraryItem>;

export const LibraryVersion = z.object({
  version: z.int(),
  note: z.string(),
  published_by: z.string(),
  published_at: z.iso.datetime(),
  commit: z.string(),
});
export type LibraryVersion = z.infer<typeof LibraryVersion>;

/** GET /api/library/items/:item, versions newest first. */
export const LibraryItemDetail = LibraryItem.extend({ versions: z.array(LibraryVersion) });
export type LibraryItemDetail = z.infer<typeof LibraryItemDetail>;

/** GET /api/library/items/:item/versions/:v */
export const LibraryVersionDetail = LibraryVersion.extend({
  kind: ItemKind,
  graph: Graph,
  files: z.array(z.object({
    name: z.string(),
    oid: Oid,
    size: z.int(),
    format: z.string(),
    file_url: z.string(),
  })),
});
export type LibraryVersionDetail = z.infer<typeof LibraryVersionDetail>;

/** What is published: a node of a project's canvas (a group with all that lies in it), or a file of its media. */
const Source = {
  project_id: Id,
  node_id: z.string().max(64).optional(),
  /** Content of a file that the project has. */
  oid: Oid.optional(),
  /** That file's name. */
  file_name: z.string().min(1).max(300).optional(),
};

/** POST /api/library/items */
export const PublishItem = z.strictObject({
  ...Source,
  folder: LibraryFolder,
  title: ItemTitle,
  description: ItemDescription.default(""),
  tags: ItemTags.default([]),
  note: VersionNote.default(""),
});
export type PublishItem = z.input<typeof PublishItem>;

/** POST /api/library/items/:item/versions */
export const PublishVersion = z.strictObject({ ...Source, note: VersionNote.default("") });
export type PublishVersion = z.input<typeof PublishVersion>;

/** PATCH /api/library/items/:item */
export const UpdateItem = z.strictObject({
  title: ItemTitle.optional(),
  description: ItemDescription.optional(),
  tags: ItemTags.optional(),
  retired: z.boolean().optional(),
});
export type UpdateItem = z.infer<typeof UpdateItem>;

/** POST /api/library/items/:item/versions/:v/use: brings its files into a project, by their hash, without a copy through the browser. */
export const UseItem = z.strictObject({ project_id: Id });
export const UsedItem = z.object({
  item: LibraryItem,
  version: z.int(),
  /** Its files have their places in the project. */
  graph: Graph,
  /** What lies in the project's media now. */
  assets: z.array(Asset),
});
export type UsedItem = z.infer<typeof UsedItem>;
