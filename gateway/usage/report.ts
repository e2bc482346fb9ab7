import type { z } from "zod";
import type { Usage, UsageBy, UsageQuery, UsageRow } from "../../shared/api/usage.ts";
import { TIERS } from "../../shared/tiers.ts";
import type { Sql } from "../db/mod.ts";
import { csvLine } from "./csv.ts";

/** The ledger of a studio, summed per project, agent or tier, the greatest first. */
export async function reportUsage(
  sql: Sql,
  tenantId: string,
  { by, from, to }: z.infer<typeof UsageQuery>,
): Promise<Usage> {
  const key = { project: sql`e.project_id::text`, agent: sql`e.agent_id::text`, tier: sql`e.tier` }[by];
  const rows = await sql<(Omit<UsageRow, "id" | "name"> & { key: string | null; name: string | null })[]>`
    select ${key} as key,
      ${by === "project" ? sql`min(p.title)` : by === "agent" ? sql`min(a.name)` : sql`null::text`} as name,
      count(*) filter (where e.kind <> 'storage_bytes')::int as attempts,
      coalesce(sum(e.amount) filter (where e.kind = 'gpu_seconds'), 0)::float8 as gpu_seconds,
      coalesce(sum(e.amount) filter (where e.kind = 'cpu_seconds'), 0)::float8 as cpu_seconds,
      coalesce(sum(e.amount) filter (where e.kind = 'storage_bytes'), 0)::float8 as storage_bytes
    from usage_events e
    join projects p on p.id = e.project_id
    left join agents a on a.id = e.agent_id
    where e.tenant_id = ${tenantId} and not e.for_check
      ${from === undefined ? sql`` : sql`and e.at >= ${from}::date::timestamp at time zone 'UTC'`}
      ${to === undefined ? sql`` : sql`and e.at < (${to}::date + 1)::timestamp at time zone 'UTC'`}
    group by 1
    order by gpu_seconds desc, cpu_seconds desc, storage_bytes desc, key`;
  const total = { attempts: 0, gpu_seconds: 0, cpu_seconds: 0, storage_bytes: 0 };
  for (const row of rows) {
    for (const kind of Object.keys(total) as (keyof typeof total)[]) total[kind] += row[kind];
  }
  return {
    by,
    from: from ?? null,
    to: to ?? null,
    rows: rows.map(({ key, name, ...amounts }) => ({
      id: by === "tier" ? null : key,
      name: nameOf(by, key, name),
      ...amounts,
    })),
    total,
  };
}

function nameOf(by: UsageBy, key: string | null, name: string | null): string {
  if (by !== "tier") return name ?? "Unknown";
  return key === null ? "No tier (films)" : TIERS[key as keyof typeof TIERS].label;
}

/** As a table for spreadsheets (RFC 4180). */
export function usageCsv({ by, rows }: Usage): string {
  const lines = rows.map((row) => [
    row.name,
    row.attempts,
    row.gpu_seconds.toFixed(3),
    row.cpu_seconds.toFixed(3),
    row.storage_bytes,
  ]);
  return [[by, "attempts", "gpu_seconds", "cpu_seconds", "storage_bytes"], ...lines].map(csvLine).join("");
}
