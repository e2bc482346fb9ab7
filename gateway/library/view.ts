import type {
  LibraryItem,
  LibraryItemDetail,
  LibraryVersion,
  LibraryVersionDetail,
} from "../../shared/api/library.ts";
import { OWN_THUMBNAIL } from "../../shared/assets/asset.ts";
import type { ShownItem, VersionRow } from "./store.ts";

/** An item as the API shows it, by its newest version. */
export function viewItem(row: ShownItem): LibraryItem {
  const { content } = row;
  const poster = content.files.find((file) => file.name === content.poster);
  return {
    id: row.id,
    folder: row.folder,
    path: row.path,
    kind: content.kind,
    title: row.title,
    description: row.description,
    tags: row.tags,
    retired: row.retired,
    version: row.version,
    note: row.note,
    published_by: row.published_by,
    published_at: row.published_at.toISOString(),
    nodes: content.graph.nodes.length,
    files: content.files.length,
    poster_url: poster && poster.size <= OWN_THUMBNAIL ? fileUrl(row.id, row.version, poster.name) : null,
  };
}

export function viewDetail(row: ShownItem, versions: VersionRow[]): LibraryItemDetail {
  return { ...viewItem(row), versions: versions.map(viewVersion) };
}

export function viewVersion(row: VersionRow): LibraryVersion {
  return {
    version: row.version,
    note: row.note,
    published_by: row.published_by,
    published_at: row.published_at.toISOString(),
    commit: row.commit_sha,
  };
}

export function viewVersionDetail(row: VersionRow): LibraryVersionDetail {
  return {
    ...viewVersion(row),
    kind: row.content.kind,
    graph: row.content.graph,
    files: row.content.files.map((file) => ({
      ...file,
      file_url: fileUrl(row.item_id, row.version, file.name),
    })),
  };
}

function fileUrl(item: string, version: number, name: string): string {
  return `/api/library/items/${item}/versions/${version}/files/${encodeURIComponent(name)}`;
}
