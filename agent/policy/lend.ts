import type { z } from "zod";
import type { AgentFacts } from "../../shared/agents/protocol.ts";
import type { Policy } from "./policy.ts";
import { lends } from "./refuse.ts";

type Facts = z.infer<typeof AgentFacts>;

/** What is offered of what the machine can do; null: nothing, because the rules cannot be read. */
export function lendFacts(policy: Policy | null, facts: Facts): Facts {
  const lent = (capability: string) => policy !== null && lends(policy, capability.split("@")[0]!);
  const kept = [
    ...new Set(facts.slots.flatMap(({ capabilities }) => capabilities.filter((each) => !lent(each)))),
  ];
  const terms = policy && {
    projects: policy.projects,
    pools: policy.pools,
  };
  const any = terms && (terms.pools.length + terms.projects.allow.length + terms.projects.deny.length) > 0;
  return {
    ...facts,
    slots: facts.slots.map((slot) => ({ ...slot, capabilities: slot.capabilities.filter(lent) })),
    cannot: [
      ...facts.cannot,
      ...kept.map((capability) => ({
        capability,
        reason: "policy" as const,
        sentence: "its owner does not lend it for this.",
      })),
    ].slice(0, 500),
    ...(any ? { terms } : {}),
  };
}
