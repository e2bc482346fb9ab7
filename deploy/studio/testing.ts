import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { TestStudio } from "../../gateway/testing/studio.ts";
import { type Live, prefixOf } from "./live.ts";
import { quoted, tenantTables } from "./tables.ts";

export function liveOf({ studio }: TestStudio): Live {
  return { db: studio.db, dataDir: studio.config.dataDir, objects: studio.objects };
}

/** All there is of a studio: each row, file of a repository and object, by name, as a hash. */
export async function everythingOf(
  live: Live,
  { id, slug }: { id: string; slug: string },
): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const { name, whose } of (await tenantTables(live.db.sql)).tables) {
    const rows = await live.db.sql.unsafe<{ line: string }[]>(
      `select to_jsonb(t)::text as line from ${quoted(name)} t where ${whose}`,
      [id],
    );
    // Where a row lies may change; a row may not.
    all[`rows/${name}`] = hashOf(rows.map((row) => row.line).sort().join("\n"));
  }
  for await (const path of filesIn(join(live.dataDir, "repositories", slug))) {
    all[path] = hashOf(await Deno.readFile(path));
  }
  for await (const { key } of live.objects.list(prefixOf(id))) {
    const { stream } = (await live.objects.get(key))!;
    all[key] = hashOf(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).bytes());
  }
  return all;
}

/** Everywhere under a gateway's folder that a text stands, in a name or in a file. */
export async function placesOf(folder: string, text: string): Promise<string[]> {
  const places: string[] = [];
  for await (const path of filesIn(folder)) {
    if (path.includes(text) || new TextDecoder().decode(await Deno.readFile(path)).includes(text)) {
      places.push(path);
    }
  }
  return places;
}

export async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesIn(path);
    else yield path;
  }
}

export function hashOf(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
