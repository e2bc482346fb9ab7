import { createHash } from "node:crypto";
import { dirname, join } from "@std/path";
import { z } from "zod";
import type { Sql, Tx } from "../../gateway/db/mod.ts";
import { saveRepositories } from "../backup/repositories.ts";
import { StudioError } from "./error.ts";
import { forEach, type Live, prefixOf } from "./live.ts";
import type { Tenant } from "./studios.ts";
import { quoted, tenantTables } from "./tables.ts";

/** Characters of rows, about, that are in memory at a time, and rows at most. */
const TOGETHER = { characters: 4_000_000, rows: 500 };

/** `export.json`: what the folder holds. Written last, so a folder without it is no export. */
export const ExportRecord = z.strictObject({
  schema: z.literal(1),
  made_at: z.iso.datetime(),
  studio: z.strictObject({ id: z.uuid(), slug: z.string(), name: z.string() }),
  /** `rows/<table>.jsonl`: a row a line, columns as PostgreSQL's to_jsonb() writes them (bytes as `\\x` and hex). */
  rows: z.array(z.strictObject({ table: z.string(), rows: z.int(), sha256: z.string() })),
  /** `repositories/<studio>/<project>.git.bundle`, to be cloned with git. */
  repositories: z.array(z.string()),
  /** `objects/…`, listed in `objects.jsonl` with their sizes and hashes. */
  objects: z.strictObject({ count: z.int(), bytes: z.int(), list_sha256: z.string() }),
});
export type ExportRecord = z.infer<typeof ExportRecord>;

export interface Exported {
  folder: string;
  record: ExportRecord;
  /** Keys of objects whose bytes are not what their name says they are. */
  damaged: string[];
}

/**
 * All there is of a studio, in a folder of its own in `into`. The studio may go on working: repositories first, then rows (one
 * snapshot), then objects, so that whatever the rows name is there. Memory does not grow with the studio.
 */
export async function exportStudio(
  live: Live,
  { id, slug, name }: Tenant,
  into: string,
  say: (part: "repositories" | "rows" | "objects") => void = () => {},
): Promise<Exported> {
  const made_at = new Date().toISOString();
  const called = `${slug}-${made_at.replace(/[:.]/g, "-")}`;
  const [making, folder] = [join(into, `.making-${called}`), join(into, called)];
  // It holds the hashes of all tokens.
  await Deno.mkdir(making, { recursive: true, mode: 0o700 });
  try {
    say("repositories");
    const repositories = await saveRepositories(live.dataDir, join(making, "repositories"), slug);
    say("rows");
    const rows = await saveRows(live.db.sql, id, join(making, "rows"));
    say("objects");
    const { damaged, ...objects } = await saveObjects(live, id, making);
    const record: ExportRecord = {
      schema: 1,
      made_at,
      studio: { id, slug, name },
      rows,
      repositories,
      objects,
    };
    await Deno.writeTextFile(join(making, "export.json"), JSON.stringify(record, null, 2) + "\n");
    await Deno.rename(making, folder);
    return { folder, record, damaged };
  } catch (error) {
    await Deno.remove(making, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function saveRows(sql: Sql, id: string, folder: string): Promise<ExportRecord["rows"]> {
  await Deno.mkdir(folder, { mode: 0o700 });
  return await sql.begin("isolation level repeatable read read only", async (tx) => {
    const saved: ExportRecord["rows"] = [];
    for (const { name, whose } of (await tenantTables(tx)).tables) {
      const hash = createHash("sha256");
      let rows = 0;
      using file = await Deno.open(join(folder, `${name}.jsonl`), {
        write: true,
        createNew: true,
        mode: 0o600,
      });
      for await (
        const lines of linesOf(
          tx,
          `select to_jsonb(t)::text as line from ${quoted(name)} t where ${whose}`,
          id,
        )
      ) {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
        hash.update(bytes);
        rows += lines.length;
        await writeAll(file, bytes);
      }
      saved.push({ table: name, rows, sha256: hash.digest("hex") });
    }
    return saved;
  }) as ExportRecord["rows"];
}

/** A cursor of SQL's own, which both databases know. */
async function* linesOf(tx: Tx, select: string, id: string): AsyncGenerator<string[]> {
  // A declared cursor takes no parameters on every server; the id is a UUID of the database's own.
  await tx.unsafe(`declare exported no scroll cursor for ${select.replaceAll("$1", `'${id}'`)}`);
  // By how long they are: a live canvas may be megabytes, a line of a story is nothing.
  for (let next = 1;;) {
    const rows = await tx.unsafe<{ line: string }[]>(`fetch ${next} from exported`);
    if (!rows.length) break;
    const characters = rows.reduce((sum, { line }) => sum + line.length, 0);
    next = Math.max(1, Math.min(TOGETHER.rows, Math.floor(TOGETHER.characters * rows.length / characters)));
    yield rows.map((row) => row.line);
  }
  await tx.unsafe("close exported");
}

async function saveObjects(
  { objects }: Live,
  id: string,
  folder: string,
): Promise<ExportRecord["objects"] & { damaged: string[] }> {
  const prefix = prefixOf(id);
  const list = createHash("sha256");
  const damaged: string[] = [];
  let [count, bytes] = [0, 0];
  using file = await Deno.open(join(folder, "objects.jsonl"), { write: true, createNew: true, mode: 0o600 });
  let writing = Promise.resolve();
  await forEach(objects.list(prefix), async ({ key }) => {
    const got = await objects.get(key);
    // Cleared away meanwhile.
    if (!got) return;
    const to = join(folder, "objects", key.slice(prefix.length));
    const { size, sha256 } = await saveObject(got.stream, to);
    if (!key.endsWith(`/${sha256}`)) damaged.push(key);
    count++;
    bytes += size;
    const line = new TextEncoder().encode(
      JSON.stringify({ key: key.slice(prefix.length), size, sha256 }) + "\n",
    );
    writing = writing.then(async () => {
      list.update(line);
      await writeAll(file, line);
    });
    await writing;
  });
  return { count, bytes, list_sha256: list.digest("hex"), damaged };
}

async function saveObject(
  stream: ReadableStream<Uint8Array>,
  path: string,
): Promise<{ size: number; sha256: string }> {
  if (path.split("/").includes("..")) throw new StudioError(`The store has an object under no path: ${path}`);
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  let size = 0;
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for await (const chunk of stream) {
    hash.update(chunk);
    size += chunk.length;
    await writeAll(file, chunk);
  }
  return { size, sha256: hash.digest("hex") };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
