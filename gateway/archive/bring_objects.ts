import type { Pointer } from "../../shared/lfs/pointer.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { lfsKey } from "../objects/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import type { Studio } from "../studio.ts";
import { unfit, type Unzip } from "./unzip.ts";

/** Objects stored at the same time. */
const AT_ONCE = 4;

export interface Wanted extends Pointer {
  /** Path in the zip; null: it is not in there. */
  file: string | null;
}

/**
 * Stores the objects of an archive under a project that is still to be: each hashed on the way. What is not in the archive is taken
 * from another project of the same studio, whose people may read it there anyway. Gives those that are now there.
 *
 * Errors: ProblemError unprocessable when the archive lists one that it does not have, or has with other bytes.
 */
export async function bringObjects(
  studio: Studio,
  project: Owner,
  zip: Unzip,
  wanted: Wanted[],
  brought: (done: number) => void,
): Promise<Pointer[]> {
  const here = await elsewhere(
    studio,
    project,
    wanted.filter(({ file }) => file === null).map(({ oid }) => oid),
  );
  const there: Pointer[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < wanted.length) {
      const object = wanted[next++]!;
      try {
        if (await bring(studio, project, zip, object, here)) {
          there.push({ oid: object.oid, size: object.size });
        }
      } catch (error) {
        // The others end what they are at, so that nothing is stored any more when this has failed.
        next = wanted.length;
        throw error;
      }
      brought(++done);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = ended.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
  return there;
}

async function bring(
  studio: Studio,
  project: Owner,
  zip: Unzip,
  { oid, size, file }: Wanted,
  here: Map<string, string>,
): Promise<boolean> {
  const key = lfsKey(project.tenant_id, project.id, oid);
  if (file === null) {
    const from = here.get(oid);
    const got = from === undefined ? null : await studio.objects.get(lfsKey(project.tenant_id, from, oid));
    if (!got) return false;
    await studio.objects.put(key, got.stream, { oid, size });
    return true;
  }
  const packed = zip.entries.get(file);
  const name = JSON.stringify(file.slice(file.indexOf("/") + 1));
  if (!packed) throw unfit(`The archive is not whole: ${name} is missing. Export the project again.`);
  if (packed.size !== size) {
    throw unfit(
      `${name} in the archive has ${packed.size} bytes and should have ${size}; export the project again.`,
    );
  }
  try {
    await studio.objects.put(key, zip.open(packed), { oid, size });
  } catch (error) {
    // The store speaks of an upload, which nobody here made.
    if (
      !(error instanceof ProblemError) || error.code !== "unprocessable" ||
      !/SHA-256|checksum/.test(error.message)
    ) throw error;
    throw unfit(
      `${name} in the archive is not the file that was exported: its SHA-256 is another. Export the project again.`,
      error,
    );
  }
  return true;
}

/** Which other project of the tenant has an object, by oid. */
async function elsewhere({ db }: Studio, project: Owner, oids: string[]): Promise<Map<string, string>> {
  if (oids.length === 0) return new Map();
  const rows = await db.sql<{ oid: string; project_id: string }[]>`
    select distinct on (oid) oid, project_id from lfs_objects
    where tenant_id = ${project.tenant_id} and state = 'ready' and oid = any(${oids}::text[])`;
  return new Map(rows.map((row) => [row.oid, row.project_id]));
}

/** Takes away what an import stored that did not come to its end. The project never was: nobody else stores there. */
export async function removeObjects({ objects }: Studio, project: Owner): Promise<void> {
  const prefix = `tenants/${project.tenant_id}/projects/${project.id}/`;
  for await (const { key } of objects.list(prefix)) await objects.delete(key);
}
