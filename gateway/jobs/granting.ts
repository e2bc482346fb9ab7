import type { Querier } from "../db/mod.ts";
import type { Taker } from "./mod.ts";
import type { Room } from "./room.ts";

/** Seconds after which what a project was given counts for a third (1/e). */
const FORGOTTEN_S = 3600;

/**
 * The rest of a statement whose `with` has `pick` (id): the job is the taker's, its project's account and its story say so. The row, and
 * what a lease tells of its film.
 *
 * A project's account is passed by while anybody else holds its row: nobody waits for a film's fairness. (A weaker lock than `for update`
 * stands beside those of foreign keys, and then waits for the row's newer versions, `skip locked` or not: grants of two gateways did so
 * for each other.) An agent that was removed while its poll waited gets nothing, whether or not this gateway was told. Nothing waits for the
 * disk: a grant that a crash of the server takes away is a job that waits again, and whoever was given it is told that the lease is lost.
 */
export function granting({ studio }: Room, sql: Querier, taker: Taker) {
  return sql`
    granted as (
      update jobs j set state = 'leased', attempt = j.attempt + 1, lease_token = j.lease_token + 1,
        lease_agent = ${taker.agent_id}, lease_slot = ${taker.slot.slot}, lease_boot = ${taker.boot_id},
        lease_until = now() + ${studio.config.leaseSeconds}::float8 * interval '1 second', started_at = now()
      from pick cross join set_config('synchronous_commit', 'off', true)
      where j.id = pick.id
        and exists (select from agents a where a.id = ${taker.agent_id} and a.removed_at is null)
      returning j.*
    ),
    account as (
      select id from projects where id = (select project_id from granted where check_id is null)
      for update skip locked
    ),
    served as (
      update projects p set served_at = now(), served = granted.cost_s
        + ${servedNow(sql)}
      from account, granted where p.id = account.id
    ),
    told as (
      insert into job_events (tenant_id, project_id, job_id, kind, sentence, data)
      select tenant_id, project_id, id, 'lease', ${grantSentence(taker)} ||
          case when attempt > 1 then ' Attempt ' || attempt || ' of ' || max_attempts || '.' else '' end,
        '{"from":"queued","to":"leased"}'::jsonb
      from granted
    )
    select granted.*, (
      select jsonb_build_object('title', p.title, 'slug', p.slug, 'tenant_slug', t.slug)
      from projects p join tenants t on t.id = p.tenant_id where p.id = granted.project_id
    ) as film
    from granted`;
}

/** Of a project `p`: what it was lately given, as of now. After a month nothing is left, and exp() would say so with an error. */
export function servedNow(sql: Querier) {
  return sql`p.served * exp(greatest(-100, least(0, extract(epoch from p.served_at - now())::float8 / ${FORGOTTEN_S}::float8)))`;
}

function grantSentence({ agent_name, slot }: Taker): string {
  return `${agent_name} has taken it (${slot.name}).`;
}
