import { createHash } from "node:crypto";
import { ProblemError } from "../../shared/http/problem.ts";
import { formatOf } from "../../shared/media/format.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";

/** Bytes: 512 pixels a side as JPEG. */
export const LARGEST_THUMBNAIL = 256 * 1024;

/** Small pictures of large ones, made by the browser that brings them. They lie beside the LFS objects and are in no commit. */
export interface Thumbnails {
  /** Keeps the small picture of an object. ProblemError when it is no JPEG. */
  keep(project: ProjectRow, oid: string, jpeg: Uint8Array): Promise<void>;
  /** Signed URL; null when nobody made one. */
  url(project: ProjectRow, oid: string): Promise<string | null>;
}

export function createThumbnails(studio: Studio): Thumbnails {
  // One folder for each original; keys end in their own content's hash, as the store wants it.
  const folder = ({ tenant_id, id }: ProjectRow, oid: string) =>
    `tenants/${tenant_id}/projects/${id}/thumbnails/${oid}/`;
  return {
    async keep(project, oid, jpeg) {
      if (formatOf(jpeg)?.format !== "jpeg") {
        throw new ProblemError("unprocessable", "A thumbnail is a JPEG; these bytes are none.");
      }
      const own = createHash("sha256").update(jpeg).digest("hex");
      await studio.objects.put(folder(project, oid) + own, jpeg, { oid: own, size: jpeg.length });
    },
    async url(project, oid) {
      for await (const { key } of studio.objects.list(folder(project, oid))) {
        return await studio.objects.signedGet(key, { expiresS: 3600, contentType: "image/jpeg" });
      }
      return null;
    },
  };
}

/** What stands for a picture that nobody has made small: its name, so that no list loads the master. */
export function namedCard(name: string): string {
  const text = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 144">
<rect width="256" height="144" fill="#22262e"/>
<text x="128" y="76" text-anchor="middle" font-family="sans-serif" font-size="13" fill="#a3abb8">${text}</text></svg>`;
}
