import type { Querier } from "../db/mod.ts";

export interface SlotJob {
  agent_id: string;
  slot: string;
  job_id: string;
}

/** What the slots of these agents are working on now. */
export async function slotJobs(q: Querier, agentIds: string[]): Promise<SlotJob[]> {
  return await q<SlotJob[]>`
    select lease_agent as agent_id, lease_slot as slot, id as job_id from jobs
    where state = 'leased' and check_id is null and lease_agent = any(${agentIds}::uuid[])`;
}
