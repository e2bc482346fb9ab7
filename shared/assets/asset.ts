import { z } from "zod";
import { Id } from "../ids.ts";
import { Oid } from "../lfs/pointer.ts";
import type { MediaKind } from "../media/format.ts";

/** Where a file goes: its folder under 01_Assets. Masks are pictures that belong to a node, so they have one of their own. */
export const AssetFolder = z.enum(["Images", "Audio", "Video", "Masks"]);
export type AssetFolder = z.infer<typeof AssetFolder>;

interface FolderRule {
  path: string;
  kind: MediaKind;
  /** What it takes, in words. */
  takes: string;
  /** Bytes. */
  largest: number;
}

const MIB = 1024 ** 2;
export const ASSET_FOLDERS: Readonly<Record<AssetFolder, FolderRule>> = {
  Images: {
    path: "01_Assets/Images",
    kind: "image",
    takes: "PNG, JPEG and WebP pictures",
    largest: 64 * MIB,
  },
  Masks: { path: "01_Assets/Images/Masks", kind: "image", takes: "PNG masks", largest: 64 * MIB },
  Audio: {
    path: "01_Assets/Audio",
    kind: "audio",
    takes: "WAV, FLAC, MP3, Ogg and M4A sound",
    largest: 1024 * MIB,
  },
  Video: {
    path: "01_Assets/Video",
    kind: "video",
    takes: "MP4, MOV, WebM and MKV clips",
    largest: 4096 * MIB,
  },
};

/** Pixels: more than any model takes, less than what stops a browser. */
export const LARGEST_PICTURE = 100_000_000;

/** A picture up to this many bytes is its own thumbnail. */
export const OWN_THUMBNAIL = 4 * MIB;

/** POST /api/projects/:p/assets: files an object that was uploaded to the project's LFS store. */
export const FileAsset = z.strictObject({
  folder: AssetFolder,
  /** As it was called on the person's disk; the studio finds a free name close to it. */
  name: z.string().min(1).max(500),
  oid: Oid,
  size: z.int().min(1),
});
export type FileAsset = z.infer<typeof FileAsset>;

/** A file of the project's own media. `path`, `oid` and `size` are the FileRef that a node keeps. */
export const Asset = z.object({
  id: Id,
  folder: AssetFolder,
  name: z.string(),
  path: z.string(),
  oid: Oid,
  size: z.int(),
  format: z.string(),
  /** Pixels; of pictures. */
  width: z.int().nullable(),
  height: z.int().nullable(),
  /** False until it is in a commit. */
  committed: z.boolean(),
  file_url: z.string(),
  /** The picture itself while it is small enough, else the small one that was made of it; null for what has no picture. */
  thumbnail_url: z.string().nullable(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
});
export type Asset = z.infer<typeof Asset>;
