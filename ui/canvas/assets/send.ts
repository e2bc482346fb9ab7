import type { ImportedMedia } from "../../../shared/api/archive.ts";
import type { Project } from "../../../shared/api/project.ts";
import { type Asset, ASSET_FOLDERS, type AssetFolder } from "../../../shared/assets/asset.ts";
import { FORMAT_BYTES, formatOf, type MediaKind } from "../../../shared/media/format.ts";
import { sendZip } from "../../transfer/send_zip.ts";
import { uploadAsset, type UploadOptions } from "./upload.ts";

/** How files go into the project: loaded when the first one does. */

const FOLDERS: Record<MediaKind, AssetFolder> = { image: "Images", audio: "Audio", video: "Video" };

export async function sendFile(
  project: Project,
  file: Blob,
  as: { name: string; folder?: AssetFolder },
  options: UploadOptions,
): Promise<Asset> {
  return await uploadAsset(project, file, { name: as.name, folder: await folderFor(file, as) }, options);
}

/** The media of a zip; what the studio does not take is in `refused`. */
export function sendMediaZip(
  project: Project,
  file: File,
  { signal, progress }: UploadOptions,
): Promise<ImportedMedia> {
  return sendZip<ImportedMedia>(`/api/projects/${project.id}/assets/import`, file, {
    signal,
    tell: ({ part }) => progress("sending", part ?? 1),
  });
}

/** Refuses here what the gateway would refuse, before a byte is sent. */
async function folderFor(file: Blob, as: { name: string; folder?: AssetFolder }): Promise<AssetFolder> {
  if (file.size === 0) throw new Error(`${as.name} is empty.`);
  const format = formatOf(new Uint8Array(await file.slice(0, FORMAT_BYTES).arrayBuffer()));
  const folder = as.folder ?? (format && FOLDERS[format.kind]);
  if (!folder || !format) {
    throw new Error(
      `${as.name} is no picture, sound or clip that the studio knows: it takes ${ASSET_FOLDERS.Images.takes}, ` +
        `${ASSET_FOLDERS.Audio.takes}, ${ASSET_FOLDERS.Video.takes}.`,
    );
  }
  const { kind, takes, largest } = ASSET_FOLDERS[folder];
  if (format.kind !== kind) throw new Error(`${as.name} is no picture; here go ${takes}.`);
  if (file.size > largest) {
    throw new Error(
      `${as.name} has ${Math.ceil(file.size / 1024 ** 2)} MB; at most ${
        largest / 1024 ** 2
      } MB can be dropped here. ` +
        "Make it smaller, or push it with git.",
    );
  }
  return folder;
}
