import { createHash } from "node:crypto";
import { ASSET_FOLDERS, type AssetFolder } from "../../shared/assets/asset.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { FORMAT_BYTES, formatOf, type MediaKind } from "../../shared/media/format.ts";
import { Manifest } from "../../shared/project/manifest.ts";
import type { AssetRow } from "../assets/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import type { Told } from "./import_project.ts";
import { type Packed, unfit, type Unzip } from "./unzip.ts";

const FOLDERS: Record<MediaKind, AssetFolder> = { image: "Images", audio: "Audio", video: "Video" };
/** Left by systems that zip. */
const LITTER = /(?:^|\/)(?:__MACOSX\/|\.[^/]*(?:\/|$)|Thumbs\.db$|desktop\.ini$)/i;
const MOST_REFUSED = 200;
const LARGEST_MANIFEST = 8 * 1024 ** 2;

export interface Filed {
  assets: AssetRow[];
  /** Files that the studio does not take, with a sentence each. */
  refused: { name: string; sentence: string }[];
}

/** What could be media, in the order of their paths. */
export function mediaIn(zip: Unzip): Packed[] {
  return [...zip.entries.values()].filter(({ path }) => !LITTER.test(path)).sort((a, b) =>
    a.path < b.path ? -1 : 1
  );
}

/** Files the media of a zip under 01_Assets, each by what its bytes say. One that is refused holds up no other. */
export async function fileMedia(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  zip: Unzip,
  tell: Told,
): Promise<Filed> {
  const files = mediaIn(zip);
  const filed: Filed = { assets: [], refused: [] };
  for (const [at, entry] of files.entries()) {
    tell(`Filing ${entry.path.split("/").at(-1)}`, at, files.length);
    try {
      filed.assets.push(await fileOne(studio, project, user, zip, entry));
    } catch (error) {
      if (!(error instanceof ProblemError) || !REFUSALS.has(error.code)) throw error;
      if (filed.refused.length < MOST_REFUSED) {
        filed.refused.push({ name: entry.path, sentence: error.message });
      }
    }
  }
  return filed;
}

/** What one file is to blame for; a full disk or a lost database ends the whole. */
const REFUSALS = new Set(["unprocessable", "unsupported_media_type", "too_large", "conflict", "over_plan"]);

async function fileOne(
  studio: Studio,
  project: ProjectRow,
  user: UserPrincipal,
  zip: Unzip,
  entry: Packed,
): Promise<AssetRow> {
  const name = entry.path.split("/").at(-1)!;
  const folder = await folderOf(zip, entry);
  const { largest } = ASSET_FOLDERS[folder];
  if (entry.size > largest) {
    throw new ProblemError(
      "too_large",
      `${name} has ${entry.size} bytes; ${folder} takes files of at most ${largest}.`,
    );
  }
  const hash = createHash("sha256");
  for await (const chunk of zip.open(entry)) hash.update(chunk);
  const pointer = { oid: hash.digest("hex"), size: entry.size };
  if (await studio.lfs.ready(studio.db.sql, project.id, pointer.oid) === null) {
    await studio.plans.requireRoom(studio.db.sql, project.tenant_id, pointer.size);
    await studio.lfs.keep(project, zip.open(entry), pointer);
  }
  return (await studio.assets.file(project, { folder, name: name.slice(0, 500), ...pointer }, user.name))
    .asset;
}

async function folderOf(zip: Unzip, entry: Packed): Promise<AssetFolder> {
  const name = entry.path.split("/").at(-1)!;
  if (entry.size === 0) throw new ProblemError("unsupported_media_type", `${name} is empty.`);
  const head = new Uint8Array(FORMAT_BYTES);
  let got = 0;
  for await (const chunk of zip.open(entry)) {
    const part = chunk.subarray(0, FORMAT_BYTES - got);
    head.set(part, got);
    got += part.length;
    if (got === FORMAT_BYTES) break;
  }
  const format = formatOf(head.subarray(0, got));
  if (!format) {
    throw new ProblemError(
      "unsupported_media_type",
      `${name} is no picture, sound or clip that the studio knows.`,
    );
  }
  return FOLDERS[format.kind];
}

/** A zip without a studio's part becomes a film of its media; not one that would lose its takes and history by that. */
export async function requireMedia(zip: Unzip): Promise<void> {
  const manifest = [...zip.entries.values()].find(({ path, size }) =>
    /^(?:[^/]+\/)?project\.json$/.test(path) && size <= LARGEST_MANIFEST
  );
  if (manifest && await isManifest(zip, manifest)) {
    throw unfit(
      "This is a project's folder without its history and takes. Export the project from its studio and import that, or push a clone of it with git.",
    );
  }
  for (const entry of mediaIn(zip)) {
    if (await isMedia(zip, entry)) return;
  }
  throw unfit("The zip is no project that a studio exported, and has no pictures, sound or clips in it.");
}

/** A damaged zip is told as such. */
async function isMedia(zip: Unzip, entry: Packed): Promise<boolean> {
  try {
    await folderOf(zip, entry);
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.code === "unsupported_media_type") return false;
    throw error;
  }
}

async function isManifest(zip: Unzip, entry: Packed): Promise<boolean> {
  try {
    return Manifest.safeParse(await new Response(zip.open(entry)).json()).success;
  } catch {
    return false;
  }
}
