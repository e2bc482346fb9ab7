import type { CheckSettings } from "../../shared/api/checks.ts";
import type { Querier } from "../db/mod.ts";

/** Of a known machine's takes one in twenty, of a new one's every second; at most so many a day as a small studio's cards can bear. */
export const DEFAULTS: CheckSettings = { share: 0.05, probation_share: 0.5, per_day: 100 };

export async function readSettings(q: Querier, tenantId: string): Promise<CheckSettings> {
  const [row] = await q<CheckSettings[]>`
    select share, probation_share, per_day from check_settings where tenant_id = ${tenantId}`;
  return row ?? DEFAULTS;
}

export async function writeSettings(q: Querier, tenantId: string, settings: CheckSettings): Promise<void> {
  await q`
    insert into check_settings ${q({ tenant_id: tenantId, ...settings })}
    on conflict (tenant_id) do update set share = excluded.share, probation_share = excluded.probation_share,
      per_day = excluded.per_day`;
}

/** True for that share of all calls, by the system's random numbers: nobody can foretell it from what they see. */
export function drawn(share: number): boolean {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return random! / 2 ** 32 < share;
}
