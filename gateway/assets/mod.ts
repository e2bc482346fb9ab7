import type { Asset, FileAsset } from "../../shared/assets/asset.ts";
import type { MediaFormat } from "../../shared/media/format.ts";
import type { PictureSize } from "../../shared/media/picture_size.ts";
import type { Querier } from "../db/mod.ts";
import type { OutboxWriter } from "../git/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";

export interface AssetRow {
  id: string;
  tenant_id: string;
  project_id: string;
  folder: Asset["folder"];
  name: string;
  path: string;
  oid: string;
  size: number;
  format: string;
  width: number | null;
  height: number | null;
  created_by: string;
  committed_at: Date | null;
  created_at: Date;
}

/** What an object is, by its bytes. */
export interface Content {
  format: MediaFormat;
  /** Of a picture; null when it is none, or its header makes no sense. */
  size: PictureSize | null;
}

export interface Assets {
  /** Files an uploaded object: checked by content, named, queued for Git. The same bytes are filed once. */
  file(
    project: ProjectRow,
    body: FileAsset,
    by: string,
    /** Whose locks are no obstacle. ProblemError locked when somebody else has the file's place locked. */
    userId?: string,
  ): Promise<{ asset: AssetRow; fresh: boolean }>;
  list(
    projectId: string,
    page: { cursor?: string; limit: number; folder?: Asset["folder"]; search?: string },
  ): Promise<{ items: AssetRow[]; next?: string }>;
  /** The project's sound files, the newest 5,000. */
  audio(q: Querier, projectId: string): Promise<AssetRow[]>;
  /** What the first bytes of a ready object say; null when they are of nothing the studio takes. */
  contentOf(project: Owner, oid: string): Promise<Content | null>;
  /** Signed URL of an asset's file, by the asset's id or by its content's oid. */
  url(project: ProjectRow, idOrOid: string): Promise<string>;
  /** Keeps the small picture that a browser made of a large one, by the asset's id or by its content's oid. */
  keepThumbnail(project: ProjectRow, idOrOid: string, jpeg: Uint8Array): Promise<void>;
  /** Where it can be had; else the file's name, to be shown in its place. */
  thumbnail(project: ProjectRow, idOrOid: string): Promise<{ url: string } | { name: string }>;
  /** Those that are filed at these paths. */
  filed(q: Querier, projectId: string, paths: string[]): Promise<AssetRow[]>;
  view(row: AssetRow): Asset;
  /** Commits the pointer. */
  outbox: OutboxWriter;
}

export { createAssets } from "./assets.ts";
export { assetRoutes } from "./routes.ts";
