import { parsePointer } from "../../shared/lfs/pointer.ts";
import type { Sql } from "../db/mod.ts";
import { blobTexts, spawnGit } from "../git/mod.ts";
import type { Owner } from "../lfs/mod.ts";

/** Hex digits of a SHA-256. */
const LENGTH = 64;
/** Longest pointer file, bytes. */
const LONGEST_POINTER = 1024;
const TOGETHER = 1000;
/** These say that an object is there, not that anybody wants it. */
const OWN = ["lfs_objects", "lfs_multiparts", "library_objects"];

/**
 * Every oid that a row of the project or library, or of its studio as a whole, has anywhere in it: in columns, JSON, or the bytes of a
 * live document. Asked of the database's own list of tables, so that a room that comes later is not forgotten.
 */
export async function namedInDatabase(sql: Sql, of: Owner): Promise<Set<string>> {
  const columns = await sql<{ table: string; column: string; type: string }[]>`
    select c.table_name as table, c.column_name as column, c.data_type as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' and not c.table_name = any(${OWN}::text[])
    order by c.table_name, c.ordinal_position`;
  const named = new Set<string>();
  for (const [table, parts] of Map.groupBy(columns, (each) => each.table)) {
    const has = new Set(parts.map((each) => each.column));
    // What projects use of the library they have under their own keys.
    if (of.kind === "library" && has.has("project_id")) continue;
    const mine = of.kind === "library" ? "library_id" : "project_id";
    const [key, id] = has.has(mine) ? [mine, of.id] : ["tenant_id", of.tenant_id];
    if (!has.has(key)) continue;
    const texts = parts.filter((each) => /^(?:text|character|json|bytea|ARRAY)/.test(each.type)).map((
      { column, type },
    ) =>
      // As text, bytes would be hex digits themselves, and what they spell would not be found.
      type === "bytea" ? `encode(${quoted(column)}, 'escape')` : `${quoted(column)}::text`
    );
    if (texts.length === 0) continue;
    const runs: { run: string }[] = await sql.unsafe(
      `select distinct m[1] as run from ${quoted(table)},
         lateral regexp_matches(concat_ws(' ', ${texts.join(", ")}), '([0-9a-f]{${LENGTH},})', 'g') m
       where ${quoted(key)} = $1`,
      [id] as never[],
    );
    for (const { run } of runs) addAll(named, run);
  }
  return named;
}

/** Longer runs of hex digits may hold an oid anywhere in them. */
function addAll(named: Set<string>, run: string): void {
  for (let at = 0; at + LENGTH <= run.length; at++) named.add(run.slice(at, at + LENGTH));
}

/** A name of the catalogue's own. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Every oid that a pointer in the repository names: of any branch, tag or version, and also of what no branch holds any more, since
 * nothing in a repository is ever thrown away.
 */
export async function namedInGit(gitDir: string): Promise<Set<string>> {
  const child = spawnGit([
    "cat-file",
    "--batch-all-objects",
    "--unordered",
    "--batch-check=%(objecttype) %(objectsize) %(objectname)",
  ], { gitDir });
  const said = new Response(child.stderr).text();
  await child.stdin.close();
  const named = new Set<string>();
  let small: string[] = [];
  let rest = "";
  const read = async () => {
    for (const text of (await blobTexts(gitDir, small)).values()) {
      const pointer = parsePointer(text);
      if (pointer) named.add(pointer.oid);
    }
    small = [];
  };
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [type, size, id] = line.split(" ");
      if (type === "blob" && Number(size) <= LONGEST_POINTER) small.push(id!);
      if (small.length === TOGETHER) await read();
    }
  }
  await read();
  if (!(await child.status).success) throw new Error(`git could not list ${gitDir}: ${await said}`);
  return named;
}
