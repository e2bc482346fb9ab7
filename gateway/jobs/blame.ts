import type { z } from "zod";
import type { FailBody, HostFault } from "../../shared/agents/protocol.ts";
import type { JobRow } from "./mod.ts";

type Failed = z.infer<typeof FailBody>;

/** A fault that this runner and this agent share: the third suspends the pair. */
export function isStrike({ class: of, fault }: Failed): boolean {
  return of === "agent" && fault !== "none";
}

/**
 * A fault of the machine, for its quarantine: not the job's own, not somebody's wish, not the gateway's or the store's. `fault`: what of
 * the machine it was; null: not known.
 */
export function hostFaultOf(
  job: Pick<JobRow, "cancel_requested_at">,
  { class: of, fault }: Failed,
): { fault: HostFault | null } | null {
  if (fault === "none" || job.cancel_requested_at || of === "invalid" || of === "cancelled") return null;
  return of === "agent" || fault !== undefined ? { fault: fault ?? null } : null;
}
