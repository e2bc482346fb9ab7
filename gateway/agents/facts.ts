import type { z } from "zod";
import type { AgentFacts } from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";

/** What the schema cannot say about an agent's facts. ProblemError unprocessable. */
export function checkFacts(facts: z.infer<typeof AgentFacts>): void {
  const names = facts.slots.map(({ slot }) => slot);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) {
    throw new ProblemError(
      "unprocessable",
      `Two slots are called ${twice}; a slot is one card and needs a name of its own.`,
    );
  }
}
