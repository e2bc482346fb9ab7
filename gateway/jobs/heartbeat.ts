import type { z } from "zod";
import type { HeartbeatBody, HeartbeatReply } from "../../shared/agents/protocol.ts";
import type { JobRow } from "./mod.ts";
import { grantOf, leaseIdOf } from "./grant.ts";
import type { Room } from "./room.ts";
import { announce } from "./state_machine.ts";

type Verdicts = z.infer<typeof HeartbeatReply>["leases"];

/** Of its time a lease has left while it is as good as new. */
const FRESH = 0.9;

/**
 * Extends all leases of an agent in one statement and says what became of each. A lease that ran out while nobody else got the
 * job is taken up again.
 *
 * A lease that was just extended is only looked at: progress that is told often costs no write. And nothing waits for the disk: an
 * extension that a crash of the server takes away is made by the next heartbeat.
 */
export async function heartbeat(
  room: Room,
  agentId: string,
  body: z.infer<typeof HeartbeatBody>,
): Promise<Verdicts> {
  if (!body.leases.length) return [];
  const { sql } = room.studio.db;
  const leaseS = room.studio.config.leaseSeconds;
  const under = (lease: string) => `${lease} ${agentId} ${body.boot_id}`;
  for (const { lease, progress } of body.leases) {
    room.progress.ahead(grantOf(lease).jobId, progress, under(lease));
  }
  const grants = body.leases.map(({ lease }) => grantOf(lease));
  const rows = await sql<(JobRow & { was: "leased" | "queued" })[]>`
    with asked as (
      select j.* from jobs j
      join unnest(${grants.map((each) => each.jobId)}::uuid[], ${grants.map((each) => each.token)}::bigint[])
        as beat (id, token) on j.id = beat.id and j.lease_token = beat.token
      cross join set_config('synchronous_commit', 'off', true)
      where j.lease_agent = ${agentId} and j.lease_boot = ${body.boot_id} and j.state in ('leased', 'queued')
    ),
    held as (
      select j.id, j.state as was from jobs j join asked on asked.id = j.id and asked.lease_token = j.lease_token
      where j.state = 'queued'
        or j.state = 'leased' and j.lease_until < now() + ${leaseS * FRESH}::float8 * interval '1 second'
      order by j.id for update of j
    ),
    kept as (
      update jobs j set state = 'leased', resting = false,
        lease_until = now() + ${leaseS}::float8 * interval '1 second'
      from held where j.id = held.id
      returning j.*, held.was
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select tenant_id, project_id, id, 'revive', 'The agent is heard from again and goes on with it.',
        '{"from":"queued","to":"leased"}'::jsonb
      from kept where was = 'queued'
    )
    select * from kept
    union all
    select asked.*, 'leased' from asked
    where asked.state = 'leased' and asked.lease_until >= now() + ${
    leaseS * FRESH
  }::float8 * interval '1 second'`;
  const kept = new Map(rows.map((row) => [leaseIdOf(row), row]));
  const verdicts: Verdicts = [];
  for (const { lease, progress } of body.leases) {
    const job = kept.get(lease);
    if (job && !job.cancel_requested_at && job.check_id === null) {
      room.progress.set(job, progress, under(lease));
    } else if (!job) room.progress.lost(grantOf(lease).jobId, under(lease));
    verdicts.push({ lease, verdict: !job ? "lost" : job.cancel_requested_at ? "cancel" : "ok" });
  }
  const revived = rows.filter((row) => row.was === "queued").map(({ was: _, ...job }) => job);
  if (revived.length) await announce(room, revived.map((job) => ({ job, previous: "queued" as const })));
  return verdicts;
}
