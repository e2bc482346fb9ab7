import { ProblemError } from "../../shared/http/problem.ts";
import type { Principal } from "./mod.ts";
import type { TokenRow } from "./tokens.ts";

/** Who a stored token stands for; ProblemError unauthenticated, with what to do, when it stands for nobody any more. */
export function principalOfToken(token: TokenRow): Principal {
  const over = token.revoked || token.expired;
  switch (token.kind) {
    case "session":
    case "access":
      if (over) {
        throw refused(
          `This ${token.kind === "session" ? "session" : "access token"} has ended; sign in again.`,
        );
      }
      return {
        kind: "user",
        tenant_id: token.tenant_id,
        tenant_slug: token.tenant_slug,
        user_id: token.user_id!,
        name: token.user_name!,
        role: token.role!,
        via: token.kind,
        token_id: token.id,
        scopes: token.scopes,
      };
    case "agent":
      if (over) throw refused("This agent was removed from the studio; join it again with a new join code.");
      return { kind: "agent", tenant_id: token.tenant_id, agent_id: token.agent_id! };
    case "join":
      if (over || (token.uses_left ?? 0) < 1) {
        throw refused(
          "This join code was used or has expired; ask an owner for a new one (Agents page, Add an agent).",
        );
      }
      return {
        kind: "join",
        tenant_id: token.tenant_id,
        token_id: token.id,
        pools: token.pools,
        trust: token.trust,
        user_id: token.user_id,
        // An empty name: the studio's own, whoever made the code.
        lent_by: (token.lent_by ?? token.user_name) || null,
      };
    case "enter":
      throw refused("This is a one-time link, not a token: open it in a browser.");
  }
}

function refused(sentence: string): ProblemError {
  return new ProblemError("unauthenticated", sentence);
}
