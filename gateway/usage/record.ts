import { uuidv7 } from "../../shared/ids.ts";
import type { Tx } from "../db/mod.ts";
import type { JobRow } from "../jobs/mod.ts";

/** Bytes that an attempt added to the store, and the seconds it says it worked; without, its time since the grant. */
interface Ended {
  seconds?: number;
  bytes?: number;
  /** Something came of it: then it earns credits. */
  made: boolean;
  /** A billing system is to hear of it (gateway/webhook). */
  tell: boolean;
}

/**
 * Writes what an attempt used, in the transaction that ends it, as the job was under its grant. Once per grant, however
 * often it is reported. Nobody is credited more seconds than passed since the grant.
 */
export async function recordUsage(
  tx: Tx,
  job: JobRow,
  { seconds, bytes = 0, made: delivered, tell }: Ended,
): Promise<void> {
  const worked = job.vram_mb > 0 ? "gpu_seconds" : "cpu_seconds";
  const made = await tx<{ id: number }[]>`
    insert into usage_events (
      tenant_id, project_id, agent_id, job_id, lease_token, tier, capability, card, lent_by, kind, amount,
      owner_id, expected_s, made, for_check
    )
    select ${job.tenant_id}, ${job.project_id}, ${job.lease_agent}, ${job.id}, ${job.lease_token}, ${job.tier},
      ${job.capability}, (
        select slot->>'name' from jsonb_array_elements(a.facts->'slots') slot where slot->>'slot' = ${job.lease_slot} limit 1
      ), a.lent_by, used.kind, used.amount, a.owner_id, ${job.estimate_s}, ${delivered}, ${
    job.check_id !== null
  }
    from (select null) one left join agents a on a.id = ${job.lease_agent} cross join (
      values
        (${worked}::text, greatest(0, least(
          coalesce(${seconds ?? null}::float8, 'infinity'),
          coalesce(extract(epoch from clock_timestamp() - ${job.started_at}::timestamptz)::float8, 0)
        ))),
        ('storage_bytes', ${job.check_id === null ? bytes : 0}::float8)
    ) as used (kind, amount)
    where used.kind <> 'storage_bytes' or used.amount > 0
    on conflict (job_id, lease_token, kind) do nothing returning id`;
  if (!tell || !made.length || job.check_id !== null) return;
  await tx`insert into webhook_messages ${
    tx(made.map(({ id }) => ({ id: uuidv7(), tenant_id: job.tenant_id, event_id: id })))
  }`;
}
