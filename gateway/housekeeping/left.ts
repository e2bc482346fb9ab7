import {
  oidOf,
  placeText,
  type StoreRow,
  storeRowsOf,
  type Stores,
  transfer,
  whileNobodyMoves,
} from "../objects/mod.ts";
import type { Finding, House, Rules } from "./mod.ts";

interface Left {
  studio: string;
  tenant_id: string;
  row: StoreRow & { state_at: Date };
}

/**
 * Stores that studios have left (gateway/objects/move.ts). By now no link to them works any more; what came late by one is brought to
 * the studio's store first, and only then is everything of the studio there removed, and the place forgotten.
 */
export async function* leftStores(house: House, rules: Rules): AsyncGenerator<Finding> {
  for (const left of await leftLong(house, rules)) {
    if (!rules.remove) {
      yield await lookInto(house, rules, left);
      continue;
    }
    // Somebody may be on their way back there: what is copied must not be cleared away behind them. If so, tomorrow is soon enough.
    const found = await whileNobodyMoves(house.db, left.tenant_id, async () => {
      const rows = await storeRowsOf(house.db.sql, left.tenant_id);
      const still = rows.some(({ id, state }) => id === left.row.id && state === "left");
      return still ? await lookInto(house, rules, left) : null;
    });
    if (found && found !== "busy") yield found;
  }
}

/** What lies in one of them, and with `remove` is taken away with the place. */
async function lookInto(house: House, rules: Rules, { studio, tenant_id, row }: Left): Promise<Finding> {
  const prefix = `tenants/${tenant_id}/`;
  const finding: Finding = {
    about: studio,
    what: `objects in a store that it has left (${placeText(row.place)})`,
    ...{ count: 0, bytes: 0, examples: [] },
  };
  const store = await house.objects.at(tenant_id, row.place, row.checksums_enforced);
  try {
    if (rules.remove) await bringLate(house.objects, { store, tenant_id, prefix, since: row.state_at });
    for await (const { key, size } of store.list(prefix)) {
      finding.count++;
      finding.bytes! += size;
      if (finding.examples.length < 3) finding.examples.push((oidOf(key) ?? key).slice(0, 12));
      if (rules.remove) await store.delete(key);
    }
    if (rules.remove && store.kind === "s3") {
      for await (const upload of store.unfinished(prefix)) await store.drop(upload);
    }
  } catch (error) {
    return {
      ...finding,
      count: Math.max(1, finding.count),
      unsure: `${
        (error as Error).message
      } If that store is gone for good: deno task studio store ${studio} --forget.`,
    };
  }
  if (rules.remove) {
    await house.db.sql`delete from tenant_stores where id = ${row.id} and state = 'left'`;
    await house.objects.refresh();
  }
  return finding;
}

async function leftLong({ db }: House, rules: Rules): Promise<Left[]> {
  const rows = await db.sql<{ id: string; tenant_id: string; slug: string; state_at: Date }[]>`
    select s.id, s.tenant_id, t.slug, s.state_at from tenant_stores s join tenants t on t.id = s.tenant_id
    where s.state = 'left' and s.state_at < now() - make_interval(days => ${rules.graceDays}) order by t.slug, s.begun_at`;
  return await Promise.all(rows.map(async ({ id, tenant_id, slug, state_at }) => {
    const row = (await storeRowsOf(db.sql, tenant_id)).find((each) => each.id === id)!;
    return { studio: slug, tenant_id, row: { ...row, state_at } };
  }));
}

/** Objects whose link was signed before the studio moved, and that nobody has asked for since. */
async function bringLate(
  objects: Stores,
  { store, tenant_id, prefix, since }: {
    store: Stores["own"];
    tenant_id: string;
    prefix: string;
    since: Date;
  },
): Promise<void> {
  const now = await objects.of(tenant_id);
  for await (const { key, modified } of store.list(prefix)) {
    // A day before, for clocks that differ: what is there is not sent twice.
    if (modified.getTime() < since.getTime() - 24 * 3600_000 || oidOf(key) === null) continue;
    if (!await now.head(key)) await transfer(store, now, key);
  }
}
