import type { Studio } from "../studio.ts";
import { openDiskStore } from "./disk.ts";
import type { ObjectStore } from "./mod.ts";
import { openS3Store } from "./s3.ts";

/** The store that the configuration names: a bucket by S3_BUCKET, else files in the data folder. */
export function openObjectStore(studio: Studio): ObjectStore {
  return studio.config.s3 ? openS3Store(studio.config.s3) : openDiskStore(studio);
}
