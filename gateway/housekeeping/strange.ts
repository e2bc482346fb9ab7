import type { Tx } from "../db/mod.ts";
import { type Owner, tablesOf } from "../lfs/mod.ts";
import { type Finding, type House, type Rules, WHOLE } from "./mod.ts";
import { type Candidate, findingOf } from "./objects.ts";

/** Keys looked up together. */
const TOGETHER = 1000;

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** Of projects and libraries; what lies elsewhere belongs to other rooms. */
const KEY = new RegExp(`^tenants/(${UUID})/(?:projects/(${UUID})|library)/lfs/../../([0-9a-f]{64})$`);

interface Stored {
  key: string;
  size: number;
  tenant_id: string;
  /** Null: in the studio's library. */
  project_id: string | null;
  oid: string;
}

/** In the store, and in no row: of a project that never came to be, or a row that was lost. Only by its age in the store. */
export async function* strangeObjects(house: House, rules: Rules): AsyncGenerator<Finding> {
  const oldest = Date.now() - rules.graceDays * 24 * 3600_000;
  const found: Candidate[] = [];
  let some: Stored[] = [];
  const judge = async () => {
    for (const each of await withoutRow(house, some)) {
      if (!rules.remove || await removeStrange(house, each, oldest)) {
        found.push({ oid: each.oid, size: each.size, state: "ready" });
      }
    }
    some = [];
  };
  for await (const { key, size, modified } of house.objects.list("tenants/")) {
    const match = KEY.exec(key);
    if (!match || modified.getTime() > oldest) continue;
    some.push({ key, size, tenant_id: match[1]!, project_id: match[2] ?? null, oid: match[3]! });
    if (some.length === TOGETHER) await judge();
  }
  await judge();
  yield findingOf(WHOLE, "objects in the store that no project or library knows", found);
}

async function withoutRow({ db }: House, stored: Stored[]): Promise<Stored[]> {
  if (stored.length === 0) return [];
  const oids = stored.map((each) => each.oid);
  const rows = await db.sql<{ tenant_id: string; project_id: string | null; oid: string }[]>`
    select tenant_id, project_id, oid from lfs_objects where oid = any(${oids}::text[])
    union all select tenant_id, null, oid from library_objects where oid = any(${oids}::text[])`;
  const nameOf = (each: { tenant_id: string; project_id: string | null; oid: string }) =>
    `${each.project_id ?? each.tenant_id} ${each.oid}`;
  const known = new Set(rows.map(nameOf));
  return stored.filter((each) => !known.has(nameOf(each)));
}

/** Under a row of its own, so that nobody announces it meanwhile; one that was just stored anew is younger now. */
async function removeStrange({ db, objects: store }: House, each: Stored, oldest: number): Promise<boolean> {
  return await db.sql.begin(async (tx) => {
    const of = await ownerOf(tx, each);
    const table = of && tablesOf(tx, of);
    if (of && table) {
      const { objects, owner } = table;
      const made = await tx`
        insert into ${objects} (${owner}, tenant_id, oid, size, state)
        values (${of.id}, ${of.tenant_id}, ${each.oid}, ${each.size}, 'pending') on conflict do nothing`;
      if (made.count === 0) return false;
    }
    for await (const { modified } of store.list(each.key)) {
      if (modified.getTime() <= oldest) await store.delete(each.key);
    }
    if (of && table) {
      await tx`delete from ${table.objects} where ${table.owner} = ${of.id} and oid = ${each.oid}`;
    }
    return true;
  }) as boolean;
}

/** Null: there is no such project, or no library. */
async function ownerOf(tx: Tx, { tenant_id, project_id }: Stored): Promise<Owner | null> {
  const [row] = project_id === null
    ? await tx<Owner[]>`select id, tenant_id, 'library' as kind from libraries where tenant_id = ${tenant_id}`
    : await tx<
      Owner[]
    >`select id, tenant_id from projects where id = ${project_id} and tenant_id = ${tenant_id}`;
  return row ?? null;
}
