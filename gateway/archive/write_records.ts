import { createHash } from "node:crypto";
import type { Tx } from "../db/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { type Kind, LINES } from "./format.ts";
import { readRows } from "./rows.ts";

export interface Objects {
  oid: string;
  size: number;
}

/**
 * The project's rows into a file, as one moment of the database saw them. Read to disk first: whoever downloads slowly must not
 * hold a connection, of which an embedded database has one.
 */
export async function writeRecords(
  studio: Studio,
  project: ProjectRow,
  path: string,
  /** Where an object lies in the archive; null: it is not in it. */
  fileOf: (objects: Objects[]) => Map<string, string>,
): Promise<
  { sha256: string; size: number; objects: (Objects & { file: string | null })[]; next_timecode: number }
> {
  const hash = createHash("sha256");
  const encoder = new TextEncoder();
  let size = 0;
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const write = async (kind: Kind, rows: unknown[]) => {
    const bytes = encoder.encode(rows.map((row) => JSON.stringify([kind, row]) + "\n").join(""));
    hash.update(bytes);
    size += bytes.length;
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  };
  const read = await studio.db.sql.begin("isolation level repeatable read read only", async (tx: Tx) => {
    for (const kind of Object.keys(LINES) as Kind[]) {
      if (kind === "object") continue;
      for await (const rows of readRows(tx, project, kind)) await write(kind, rows);
    }
    const objects = await tx<Objects[]>`
      select oid, size from lfs_objects
      where project_id = ${project.id} and tenant_id = ${project.tenant_id} and state = 'ready' order by oid`;
    const [row] = await tx<{ next_timecode: number }[]>`
      select next_timecode from projects where id = ${project.id}`;
    return { objects: [...objects], next_timecode: row!.next_timecode };
  }) as { objects: Objects[]; next_timecode: number };
  const files = fileOf(read.objects);
  const objects = read.objects.map(({ oid, size }) => ({ oid, size, file: files.get(oid) ?? null }));
  await write("object", objects);
  return { sha256: hash.digest("hex"), size, objects, next_timecode: read.next_timecode };
}
