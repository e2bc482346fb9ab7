import type { Querier } from "../../gateway/db/mod.ts";

/** A table that has rows of a studio. */
export interface TenantTable {
  name: string;
  /** SQL that is true of its rows; `$1` is the studio's id. */
  whose: string;
}

interface Link {
  child: string;
  parent: string;
  column: string;
  parent_column: string;
}

/**
 * All tables with rows of a studio, what refers before what is referred to, asked of the database's own catalogue: a table that
 * comes later is not forgotten. A row is a studio's by its `tenant_id`, or by a foreign key to a row that is.
 *
 * `others`: tables of no studio.
 */
export async function tenantTables(q: Querier): Promise<{ tables: TenantTable[]; others: string[] }> {
  const all = await q<{ name: string; tenant: boolean }[]>`
    select c.relname as name, exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as tenant
    from pg_class c
    where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
    order by c.relname`;
  // The first column of each key: none of the studio's has two.
  const links = await q<Link[]>`
    select child.relname as child, parent.relname as parent, a.attname as column, b.attname as parent_column
    from pg_constraint f
    join pg_class child on child.oid = f.conrelid and child.relnamespace = 'public'::regnamespace
    join pg_class parent on parent.oid = f.confrelid
    join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
    join pg_attribute b on b.attrelid = f.confrelid and b.attnum = f.confkey[1]
    where f.contype = 'f' order by child.relname, parent.relname, a.attname`;
  const whose = new Map<string, string>([["tenants", "id = $1::uuid"]]);
  for (const { name, tenant } of all) if (tenant) whose.set(name, "tenant_id = $1::uuid");
  for (let found = true; found;) {
    found = false;
    for (const { name } of all.filter((each) => !whose.has(each.name))) {
      const through = links.filter((each) => each.child === name && whose.has(each.parent)).map((each) =>
        `${quoted(each.column)} in (select ${quoted(each.parent_column)} from ${quoted(each.parent)} where ${
          whose.get(each.parent)
        })`
      );
      if (!through.length) continue;
      whose.set(name, `(${through.join(" or ")})`);
      found = true;
    }
  }
  const names = childrenFirst([...whose.keys()], links);
  return {
    tables: names.map((name) => ({ name, whose: whose.get(name)! })),
    others: all.map((each) => each.name).filter((name) => !whose.has(name)),
  };
}

function childrenFirst(names: string[], links: Link[]): string[] {
  const left = new Set(names);
  const ordered: string[] = [];
  while (left.size) {
    const free = [...left].filter((name) =>
      !links.some((each) => each.parent === name && each.child !== name && left.has(each.child))
    );
    if (!free.length) {
      throw new Error(`Cannot order tables that refer to each other: ${[...left].join(", ")}`);
    }
    for (const name of free) left.delete(name);
    ordered.push(...free);
  }
  return ordered;
}

/** A name of the catalogue's own. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Rows of a studio in each table that has any. */
export async function countRows(q: Querier, tenantId: string): Promise<{ table: string; rows: number }[]> {
  const counts: { table: string; rows: number }[] = [];
  for (const { name, whose } of (await tenantTables(q)).tables) {
    const [row] = await q.unsafe<{ n: number }[]>(
      `select count(*)::int as n from ${quoted(name)} where ${whose}`,
      [tenantId],
    );
    if (row!.n) counts.push({ table: name, rows: row!.n });
  }
  return counts;
}
