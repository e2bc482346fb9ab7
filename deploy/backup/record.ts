import { join } from "@std/path";
import { z } from "zod";
import imports from "../../import_map.json" with { type: "json" };

/** `npm:@electric-sql/pglite@<version>`. */
export const PGLITE = imports.imports["@electric-sql/pglite"];

/** `backup.json`: what the folder holds. Written last, so a folder without it is no backup. */
export const BackupRecord = z.strictObject({
  schema: z.literal(1),
  made_at: z.iso.datetime(),
  database: z.enum(["postgresql", "embedded"]),
  /** Of an embedded database: its dump is nothing to another version. */
  pglite: z.string().nullable(),
  /** The database's time before the first repository was read, as it writes it. What Git was told since is told again. */
  begun_at: z.string(),
  migrations: z.array(z.string()),
  /** Rows that Git did not hold yet; the restored studio writes them. */
  outbox_open: z.int(),
  /** `<tenant>/<project>.git`. */
  repositories: z.array(z.string()),
  objects: z.strictObject({
    /** `bucket`: the bytes stay where they are, and only their list is here. */
    kept: z.enum(["here", "bucket"]),
    count: z.int(),
    bytes: z.int(),
  }),
});
export type BackupRecord = z.infer<typeof BackupRecord>;

/** A mistake of whoever typed the command, or a folder that is no backup: one sentence, no stack. */
export class BackupError extends Error {
  override name = "BackupError";
}

export async function readRecord(folder: string): Promise<BackupRecord> {
  let text: string;
  try {
    text = await Deno.readTextFile(join(folder, "backup.json"));
  } catch (cause) {
    throw new BackupError(`${folder} is no whole backup: it has no backup.json.`, { cause });
  }
  const parsed = BackupRecord.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new BackupError(
      `${folder}/backup.json is not one of this version: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data;
}
