import { formatOf } from "../../shared/media/format.ts";
import { pictureSize, SIZE_BYTES } from "../../shared/media/picture_size.ts";
import { lfsKey } from "../objects/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import type { Studio } from "../studio.ts";
import type { Content } from "./mod.ts";

/** Reads the beginning of a verified object, never the whole; null when there is none, or it is no media. */
export async function readContent(studio: Studio, project: Owner, oid: string): Promise<Content | null> {
  const size = await studio.lfs.ready(studio.db.sql, project.id, oid);
  if (!size) return null;
  const key = lfsKey(project.tenant_id, project.id, oid);
  const got = await studio.objects.get(key, { start: 0, end: Math.min(size, SIZE_BYTES) - 1 });
  if (!got) return null;
  const bytes = new Uint8Array(await new Response(got.stream).arrayBuffer());
  const format = formatOf(bytes);
  return format && { format, size: format.kind === "image" ? pictureSize(bytes) : null };
}
