import type { Studio } from "../studio.ts";
import { openDiskStore } from "./disk.ts";
import type { ObjectStore } from "./mod.ts";

/**
 * The store that the configuration names: a bucket by S3_BUCKET, else files in the data folder. The client of S3 is loaded where there
 * is a bucket: it takes some 25 MB.
 */
export async function openObjectStore(studio: Studio): Promise<ObjectStore> {
  const { s3 } = studio.config;
  return s3 ? (await import("./s3.ts")).openS3Store(s3) : openDiskStore(studio);
}
