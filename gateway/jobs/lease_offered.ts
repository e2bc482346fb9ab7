import { granting } from "./granting.ts";
import { hasTerms, lanesOf, mayHave, tell } from "./lease.ts";
import type { JobRow, Taker } from "./mod.ts";
import type { Room } from "./room.ts";
import type { Offer } from "./waiters.ts";

/**
 * The job that woke a slot, by its id: a tenth of what a look at the whole queue costs, on the way from somebody's click to a card. Null
 * when it is gone, or the queue is to be looked at: the slot has just found nothing there for itself, so what came since is the best for it,
 * but not where a plan holds work back that nobody is offered, nor on a machine with terms, which are asked of the tables as they are.
 */
export async function takeOffered(room: Room, taker: Taker, offer: Offer): Promise<JobRow | null> {
  const { db: { sql }, plans, runners } = room.studio;
  if (offer.id === undefined || hasTerms(taker)) return null;
  const lanes = lanesOf(await runners.of(taker.tenant_id), taker);
  if (!lanes.includes(offer.capability) || await plans.jobsAtOnce(sql, taker.tenant_id) !== null) return null;
  const [job] = await sql<JobRow[]>`
    with pick as (
      select j.id from jobs j
      where j.id = ${offer.id} and j.tenant_id = ${taker.tenant_id} and j.state = 'queued' and not j.resting
        and j.capability = any(${lanes}::text[])
        and j.vram_mb <= ${taker.slot.vram_mb} and j.ram_mb <= ${taker.ram_mb}
        and j.disk_mb <= ${taker.disk_free_mb} and ${mayHave(sql, taker, "j")}
        and not j.avoid @> array[${taker.agent_id}::uuid]
      for update of j skip locked
    ),
    ${granting(room, sql, taker)}`;
  return job ? tell(room, taker, job) : null;
}
