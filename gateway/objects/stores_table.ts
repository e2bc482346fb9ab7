import { z } from "zod";
import { asSystem, type Querier } from "../db/mod.ts";
import { Place } from "./place.ts";

/** `copying`, `opening`, `switched`: the steps of the way in (move.ts). `current`: it is there. `left`: it was there. `removed`: the
 * studio itself is being deleted. */
export type StoreState = "copying" | "opening" | "switched" | "current" | "left" | "removed";

export interface StoreRow {
  id: string;
  tenant_id: string;
  /** Null: the gateway's own store. */
  place: Place | null;
  state: StoreState;
  checksums_enforced: boolean;
}

const Rows = z.array(z.object({
  id: z.string(),
  tenant_id: z.string(),
  place: Place.nullable(),
  state: z.enum(["copying", "opening", "switched", "current", "left", "removed"]),
  checksums_enforced: z.boolean(),
}));

/** Every place that some studio has, or had; also of studios that are being deleted. Few rows, read whole. */
export async function storeRows(q: Querier): Promise<StoreRow[]> {
  try {
    const rows = await asSystem(() =>
      q`select id, tenant_id, place, state, checksums_enforced from tenant_stores
        union all
        select r.id, r.id, nullif(s -> 'place', 'null'::jsonb), 'removed', (s ->> 'checksums_enforced')::boolean
        from removed_tenants r cross join jsonb_array_elements(r.stores) s`
    );
    return Rows.parse(rows);
  } catch (error) {
    // The database of an older version, which is read to be saved before it is brought up to date.
    const { code } = error as { code?: string };
    if (code === "42P01" || code === "42703") return [];
    throw error;
  }
}

export async function storeRowsOf(q: Querier, tenantId: string): Promise<StoreRow[]> {
  return Rows.parse(
    await q`
      select id, tenant_id, place, state, checksums_enforced from tenant_stores where tenant_id = ${tenantId}
      order by begun_at`,
  );
}
