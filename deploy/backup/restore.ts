import { join } from "@std/path";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Sql } from "../../gateway/db/mod.ts";
import type { Config } from "../../gateway/config.ts";
import { type ObjectStore, openStores } from "../../gateway/objects/mod.ts";
import { loadDatabase } from "./database.ts";
import { type ListedObject, loadObjects, missingObjects } from "./objects.ts";
import { BackupError, type BackupRecord, PGLITE, readRecord } from "./record.ts";
import { loadRepository } from "./repositories.ts";

export interface Target {
  databaseUrl: string | null;
  dataDir: string;
  /** The gateway's own store; those of studios that have one are opened as the restored database says. */
  objects: ObjectStore;
  config: Config;
}

export interface Restored {
  record: BackupRecord;
  /** Objects that the backup lists and the store lacks: nothing, or a bucket that is not the one it was made of. */
  missing: ListedObject[];
}

/**
 * Makes the studio of a backup again: in an empty folder and an empty database, with Git's own check of every repository.
 * No gateway may run on them yet; the first that starts brings the tables up to date and writes to Git what the outbox holds.
 *
 * Errors: BackupError with a sentence; what was there before is left as it was.
 */
export async function restore(folder: string, target: Target): Promise<Restored> {
  const record = await readRecord(folder);
  for (const part of ["repositories", "objects"]) {
    if (await hasFiles(join(target.dataDir, part))) {
      throw new BackupError(
        `${target.dataDir} has ${part} already; restore into an empty folder (STUDIO_DATA).`,
      );
    }
  }
  if (record.pglite !== null && record.pglite !== PGLITE) {
    throw new BackupError(
      `This backup is of ${record.pglite} and this studio has ${PGLITE}: restore with the studio's version that made it, then upgrade.`,
    );
  }
  if ((record.objects.kept === "bucket") !== (target.objects.kind === "s3")) {
    throw new BackupError(
      record.objects.kept === "bucket"
        ? "The objects of this backup lie in a bucket: set S3_BUCKET to it, or to its copy."
        : "The objects of this backup were on disk: leave S3_BUCKET unset, or copy its folder objects/ to the bucket yourself.",
    );
  }
  await using db = await loadDatabase(target, record.database, folder);
  for (const name of record.repositories) {
    await loadRepository(join(folder, "repositories"), target.dataDir, name);
  }
  if (record.objects.kept === "here") await loadObjects(folder, target.dataDir);
  await tellGitAgain(db.sql, record.begun_at);
  await using stores = await openStores({ config: target.config, db }, target.objects);
  return { record, missing: await stillMissing(stores, folder, record.objects.count) };
}

/** A studio's own bucket may not be open to this machine yet: its keys are the environment's. */
async function stillMissing(stores: ObjectStore, folder: string, count: number): Promise<ListedObject[]> {
  try {
    return await missingObjects(stores, folder, count);
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    throw new BackupError(
      `All is restored, but not every store can be looked into: ${cause.message} Set its keys, then run deno task fsck.`,
      { cause },
    );
  }
}

/** What was committed while the backup ran may be in no saved repository. To replay what is there changes nothing. */
async function tellGitAgain(sql: Sql, begunAt: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update outbox set done_at = null, commit_sha = null where done_at >= ${begunAt}::text::timestamptz`;
    await tx`
      insert into outbox (tenant_id, project_id, branch, kind)
      select tenant_id, project_id, branch, 'manifest' from canvases`;
  });
}

async function hasFiles(path: string): Promise<boolean> {
  try {
    for await (const _ of Deno.readDir(path)) return true;
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
