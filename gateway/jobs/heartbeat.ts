import type { z } from "zod";
import type { HeartbeatBody, HeartbeatReply } from "../../shared/agents/protocol.ts";
import type { JobRow } from "./mod.ts";
import { grantOf, leaseIdOf } from "./grant.ts";
import type { Room } from "./room.ts";
import { announce } from "./state_machine.ts";

type Verdicts = z.infer<typeof HeartbeatReply>["leases"];

/**
 * Extends all leases of an agent in one statement and says what became of each. A lease that ran out while nobody else got the
 * job is taken up again.
 */
export async function heartbeat(
  room: Room,
  agentId: string,
  body: z.infer<typeof HeartbeatBody>,
): Promise<Verdicts> {
  if (!body.leases.length) return [];
  const { sql } = room.studio.db;
  const grants = body.leases.map(({ lease }) => grantOf(lease));
  const rows = await sql<(JobRow & { was: "leased" | "queued" })[]>`
    with held as (
      select j.id, j.state as was from jobs j
      join unnest(${grants.map((each) => each.jobId)}::uuid[], ${grants.map((each) => each.token)}::bigint[])
        as beat (id, token) on j.id = beat.id and j.lease_token = beat.token
      where j.lease_agent = ${agentId} and j.lease_boot = ${body.boot_id} and j.state in ('leased', 'queued')
      order by j.id for update of j
    ),
    kept as (
      update jobs j set state = 'leased', resting = false,
        lease_until = now() + ${room.studio.config.leaseSeconds}::float8 * interval '1 second'
      from held where j.id = held.id
      returning j.*, held.was
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select tenant_id, project_id, id, 'revive', 'The agent is heard from again and goes on with it.',
        '{"from":"queued","to":"leased"}'::jsonb
      from kept where was = 'queued'
    )
    select * from kept`;
  const kept = new Map(rows.map((row) => [leaseIdOf(row), row]));
  const verdicts: Verdicts = [];
  for (const { lease, progress } of body.leases) {
    const job = kept.get(lease);
    if (job && !job.cancel_requested_at && job.check_id === null) room.progress.set(job, progress);
    verdicts.push({ lease, verdict: !job ? "lost" : job.cancel_requested_at ? "cancel" : "ok" });
  }
  const revived = rows.filter((row) => row.was === "queued").map(({ was: _, ...job }) => job);
  if (revived.length) await announce(room, revived.map((job) => ({ job, previous: "queued" as const })));
  return verdicts;
}
