import { keyOf, tablesOf } from "../lfs/mod.ts";
import type { Studio } from "../studio.ts";
import { type CheckRow, comparisonsOf, opinionsOf } from "./store.ts";

/** Checks that are tidied in one look. */
const TOGETHER = 100;

/**
 * What checks have left in their films' stores goes a day after they ended. Not sooner: whoever is about to name an object counts on it that
 * nobody removes what was touched within a day (gateway/lfs/rows.ts), and the same bytes may come again as a take.
 */
export async function tidyAll(studio: Studio): Promise<void> {
  const over = await studio.db.sql<CheckRow[]>`
    select c.* from checks c
    where c.ended_at < now() - interval '1 day'
      and exists (select from check_opinions o where o.check_id = c.id and o.nth > 1 and o.oid <> '')
    order by c.ended_at limit ${TOGETHER}`;
  for (const check of over) {
    if (studio.closing.aborted) return;
    await tidy(studio, check);
  }
}

/**
 * The picture of both side by side stays where they differed: people want to see it. What is also a take or anything else of the film stays too,
 * and whatever was there before the check: a machine says itself what its work consists of.
 */
async function tidy(studio: Studio, check: CheckRow): Promise<void> {
  const { sql } = studio.db;
  const opinions = await opinionsOf(sql, check.id);
  const compared = await comparisonsOf(sql, check.id);
  const keepsPicture = compared.some(({ alike }) => !alike);
  const last = compared.at(-1)?.picture_oid;
  const pictures = compared.flatMap(({ picture_oid: oid }) =>
    oid && !(keepsPicture && oid === last) ? [oid] : []
  );
  const owner = { id: check.project_id, tenant_id: check.tenant_id };
  for (const oid of new Set([...opinions.flatMap(({ objects }) => objects), ...pictures])) {
    try {
      await sql.begin(async (tx) => {
        const { objects, owner: column } = tablesOf(tx, owner);
        const [row] = await tx`
          select 1 from ${objects} where ${column} = ${owner.id} and oid = ${oid}
            and created_at >= ${check.began_at} and touched_at < now() - interval '1 day'
            and not exists (select 1 from takes where project_id = ${owner.id} and ${oid} in (oid, poster_oid, proxy_oid))
            and not exists (select 1 from assets where project_id = ${owner.id} and oid = ${oid})
            and not exists (select 1 from exports where project_id = ${owner.id} and ${oid} in (oid, poster_oid, proxy_oid))
            and not exists (select 1 from check_opinions o join checks c on c.id = o.check_id
              where c.project_id = ${owner.id} and c.ended_at is null and ${oid} = any(o.objects))
          for update skip locked`;
        if (!row) return;
        await studio.objects.delete(keyOf(owner, oid));
        await tx`delete from ${objects} where ${column} = ${owner.id} and oid = ${oid}`;
      });
    } catch (error) {
      // Housekeeping clears away what nothing refers to.
      studio.log.warn("What a spot check left in the store could not be cleared away", { oid, error });
    }
  }
  // What names an object keeps it: what is gone is named no more. The take's own (1) stays.
  await sql`update check_opinions set oid = '', objects = '{}' where check_id = ${check.id} and nth > 1`;
  await sql`
    update check_comparisons set picture_oid = null
    where check_id = ${check.id} and picture_oid = any(${pictures}::text[])`;
}
