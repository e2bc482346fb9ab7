import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";
import type { Moved } from "./state_machine.ts";

/** Jobs that are looked at for who may begin. */
const LOOK_AHEAD = 50;

/**
 * In a studio whose plan limits jobs at once: when one ends, cards that wait are offered what waits, a job of each lane; and the
 * screens hear anew why the others wait.
 */
export async function takeTurns({ studio, waiters }: Room, moves: Moved[]): Promise<void> {
  const turned = moves.filter(({ job, previous }) => (job.state === "leased") !== (previous === "leased"));
  for (const [tenantId, some] of Map.groupBy(turned, ({ job }) => job.tenant_id)) {
    if (await studio.plans.jobsAtOnce(studio.db.sql, tenantId) === null) continue;
    if (some.some(({ previous }) => previous === "leased")) {
      const waiting = await studio.db.sql<JobRow[]>`
        select * from jobs where tenant_id = ${tenantId} and state = 'queued' and not resting
        order by id limit ${LOOK_AHEAD}`;
      const lanes = Map.groupBy(waiting, ({ pool, place, capability }) => `${pool} ${place} ${capability}`);
      for (const [first] of lanes.values()) waiters.offer(first!);
    }
    studio.jobs?.reconsider(tenantId);
  }
}
