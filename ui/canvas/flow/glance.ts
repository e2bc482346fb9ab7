import type { Workspace } from "../workspace.ts";
import { MAIN } from "../../../shared/project/branch.ts";

/** What a node's machines do, as far as it can be seen from afar. */
export interface Glance {
  /** The job that an agent is at work on, by node. */
  working: ReadonlyMap<string, string>;
  failed: ReadonlySet<string>;
}

/** All nodes at once: read in one effect, it hears of jobs, and no node has a listener of its own. */
export function glance({ live, branch }: Workspace): Glance {
  const working = new Map<string, string>();
  const newest = new Map<string, { id: string; failed: boolean }>();
  for (const job of live.jobs.value.values()) {
    if (!job.node_id || (job.branch ?? MAIN) !== branch) continue;
    if (job.state === "leased") working.set(job.node_id, job.id);
    const before = newest.get(job.node_id);
    const open = job.state === "queued" || job.state === "blocked" || job.state === "leased";
    // What still runs or waits is the node's state, else how its newest job ended.
    if (open) newest.set(job.node_id, { id: "~", failed: false });
    else if (!before || before.id < job.id) {
      newest.set(job.node_id, { id: job.id, failed: job.state === "failed" });
    }
  }
  return {
    working,
    failed: new Set([...newest].flatMap(([node, { failed }]) => failed ? [node] : [])),
  };
}
