import type { UsedItem } from "../../shared/api/library.ts";
import { ASSET_FOLDERS, type AssetFolder } from "../../shared/assets/asset.ts";
import { fileRefsOf, withFiles } from "../../shared/canvas/file_refs.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { ItemContent } from "../../shared/library/item.ts";
import type { AssetRow } from "../assets/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { LibraryRow } from "./mod.ts";
import type { ShownItem, VersionRow } from "./store.ts";
import { viewItem } from "./view.ts";

/**
 * Brings what a version needs into a project: each object copied within the store under the project's own keys, each file filed
 * in its media. The project needs the library no more, and removing either leaves the other whole. Twice changes nothing.
 */
export async function useVersion(
  studio: Studio,
  library: LibraryRow,
  { item, row }: { item: ShownItem; row: VersionRow },
  { project, user }: { project: ProjectRow; user: UserPrincipal },
): Promise<UsedItem> {
  const { content } = row;
  const filed = new Map<string, AssetRow>();
  for (const { folder, file } of wantedFiles(content).values()) {
    await studio.lfs.share(library, project, file.oid);
    const asset = await studio.assets.file(
      project,
      { folder, name: file.name, oid: file.oid, size: file.size },
      user.name,
      user.user_id,
    );
    filed.set(file.oid, asset.asset);
  }
  return {
    item: viewItem(item),
    version: row.version,
    graph: withFiles(content.graph, (ref) => {
      const { path, oid, size } = filed.get(ref.oid)!;
      return { path, oid, size };
    }),
    assets: [...filed.values()].map(studio.assets.view),
  };
}

/** By hash: what the graph uses, or of a media item everything, and the folder that each belongs in. */
function wantedFiles(
  content: ItemContent,
): Map<string, { folder: AssetFolder; file: ItemContent["files"][number] }> {
  const wanted = new Map<string, { folder: AssetFolder; file: ItemContent["files"][number] }>();
  const masks = new Set(maskOids(content));
  const used = new Set(fileRefsOf(content.graph).map((ref) => ref.oid));
  for (const file of content.files) {
    if (content.kind !== "media" && !used.has(file.oid)) continue;
    const folder = masks.has(file.oid) ? "Masks" : folderOf(file);
    wanted.set(file.oid, { folder, file });
  }
  return wanted;
}

function maskOids({ graph }: ItemContent): string[] {
  return graph.nodes.flatMap((node) => node.type === "edit_image" && node.mask ? [node.mask.oid] : []);
}

const FOLDER_OF: Readonly<Record<string, AssetFolder>> = {
  png: "Images",
  jpeg: "Images",
  webp: "Images",
  mp4: "Video",
  mov: "Video",
  webm: "Video",
  mkv: "Video",
  wav: "Audio",
  flac: "Audio",
  mp3: "Audio",
  ogg: "Audio",
  m4a: "Audio",
};

function folderOf(file: ItemContent["files"][number]): AssetFolder {
  const folder = FOLDER_OF[file.format];
  if (folder) return folder;
  throw new ProblemError(
    "unsupported_media_type",
    `${file.name} is none of the ${ASSET_FOLDERS.Images.takes}, sound or clips that a canvas takes; download it instead.`,
  );
}
