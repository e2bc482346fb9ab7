import type { HostFault, SelfTest } from "../../shared/agents/protocol.ts";
import type { Querier } from "../db/mod.ts";

/** Minutes that a fault counts, and how many of them put a machine into quarantine. */
export const FAULT_WINDOW_MIN = 60;
export const FAULTS = 3;

/** Why a machine gets no work. */
export interface Quarantine {
  /** ISO 8601 */
  since: string;
  reason: string;
  /** The process that failed: that same one proves nothing by a self test. */
  boot_id: string | null;
  /** Slots that could do something then; a self test looks for each of them. */
  slots: string[];
  /** A spot check found its work wrong (gateway/checks): a self test says nothing of that. Absent: faults. */
  cause?: "check";
}

export interface Fault {
  job_id: string;
  slot: string;
  runner: string;
  /** Null: the agent could not say what of the machine it was. */
  fault: HostFault | null;
  message: string;
}

const FAULT_WORDS: Record<HostFault, string> = {
  disk: "its disk was full",
  driver: "it lost its graphics driver",
  memory: "it ran out of main memory",
  comfyui: "its ComfyUI did not start or hung",
  output: "what it wrote was damaged",
};

/**
 * Why faults are a machine's own, in words; null while they may be the work's. One job alone proves nothing, and one runner alone
 * only when the agent says that it was the machine: else that pair is suspended (strikes.ts), and the rest goes on. `cards`: slots of the
 * machine; of several, the one that alone fails is named.
 */
export function verdict(faults: readonly Fault[], cards = 1): string | null {
  if (faults.length < FAULTS) return null;
  const jobs = new Set(faults.map(({ job_id }) => job_id)).size;
  const runners = new Set(faults.map(({ runner }) => runner));
  const named = faults.flatMap(({ fault }) => fault ? [fault] : []);
  if (jobs < 2 || (named.length < FAULTS && runners.size < 2)) return null;
  const causes = [...new Set(named)].map((fault) => FAULT_WORDS[fault]);
  const slots = new Set(faults.map(({ slot }) => slot));
  const where = cards > 1 && slots.size === 1 ? `on ${[...slots][0]} here` : "here";
  const last = faults.at(-1)!.message.trim().replace(/[.!?]$/, "").slice(0, 300);
  const why = causes.length ? list(causes) : `it failed with ${list([...runners].slice(0, 4))}`;
  return `${faults.length} attempts at ${jobs} jobs failed ${where} within an hour: ${why}. The last said: ${last}.`;
}

/**
 * Writes down a fault of a machine. The reason in words when it is put into quarantine by it; null when it is not, or was before. In the
 * transaction that ends the attempt: of two at once, the later one counts both.
 */
export async function addFault(q: Querier, agentId: string, fault: Fault): Promise<string | null> {
  const [agent] = await q<{ quarantined: boolean; cards: number }[]>`
    select quarantine is not null as quarantined, jsonb_array_length(facts->'slots') as cards from agents where id = ${agentId} for no key update`;
  if (!agent || agent.quarantined) return null;
  await q`
    insert into host_faults (tenant_id, agent_id, job_id, slot, runner, fault, message)
    select tenant_id, id, ${fault.job_id}, ${fault.slot}, ${fault.runner}, ${fault.fault}, ${
    fault.message.slice(0, 500)
  }
    from agents where id = ${agentId}`;
  const faults = await q<Fault[]>`
    select job_id, slot, runner, fault, message from host_faults
    where agent_id = ${agentId} and at > now() - make_interval(mins => ${FAULT_WINDOW_MIN}) order by id`;
  const reason = verdict(faults, agent.cards);
  if (reason === null) return null;
  await q`
    update agents set quarantine = jsonb_build_object('since', now(), 'reason', ${reason}::text, 'boot_id', boot_id,
      'slots', coalesce((
        select jsonb_agg(s->'slot') from jsonb_array_elements(facts->'slots') s where s->'capabilities' <> '[]'::jsonb
      ), '[]'::jsonb))
    where id = ${agentId}`;
  return reason;
}

/**
 * A spot check found the machine's work wrong: no work until whoever looks after the machines lets it out, whatever it was in quarantine for
 * before. In the transaction that ends the check.
 */
export async function quarantineByCheck(q: Querier, agentId: string, reason: string): Promise<void> {
  await q`
    update agents set quarantine = jsonb_build_object('since', now(), 'reason', ${reason}::text, 'boot_id', boot_id,
      'slots', '[]'::jsonb, 'cause', 'check')
    where id = ${agentId} and removed_at is null`;
}

/** What the machine itself is told, and how it ends. */
export function keptWords({ reason, cause }: Quarantine): string {
  return cause === "check"
    ? `This machine is in quarantine. ${reason} Whoever looks after the studio's machines can end that on the Fleet page.`
    : `This agent is in quarantine. ${reason} Mend it and start it again, or have its quarantine ended on the Fleet page.`;
}

/** That slot works: what was counted of it is forgotten. Also what is too old to count. */
export async function forgiveFaults(q: Querier, agentId: string, slot: string): Promise<void> {
  await q`
    delete from host_faults where agent_id = ${agentId}
      and (slot = ${slot} or at < now() - make_interval(mins => ${FAULT_WINDOW_MIN}))`;
}

/**
 * Lets a machine work again; false when it was in no quarantine. With its faults go the suspensions that came of them, not those from
 * before.
 */
export async function liftQuarantine(
  q: Querier,
  where: { tenantId: string; agentId: string },
): Promise<boolean> {
  const { tenantId, agentId } = where;
  await q`
    delete from strikes where agent_id = ${agentId} and tenant_id = ${tenantId}
      and (suspended_at is null or suspended_at >= (select min(at) from host_faults where agent_id = ${agentId}))`;
  await q`delete from host_faults where agent_id = ${agentId} and tenant_id = ${tenantId}`;
  const lifted = await q`
    update agents set quarantine = null
    where id = ${agentId} and tenant_id = ${tenantId} and quarantine is not null`;
  return lifted.count > 0;
}

/** What a self test that did not pass found, beside the reason from before. */
export async function keepQuarantine(q: Querier, agentId: string, test: SelfTest): Promise<void> {
  const failed = test.checks.filter(({ ok }) => !ok).map(({ sentence }) => sentence);
  const found = `Started again, its self test failed: ${failed.join(" ").slice(0, 600)}`;
  await q`
    update agents set quarantine = jsonb_set(quarantine, '{reason}',
      to_jsonb(split_part(quarantine->>'reason', ' Started again, its self test', 1) || ' ' || ${found}::text))
    where id = ${agentId} and quarantine is not null`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
