import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Env } from "../studio.ts";
import type { AgentPrincipal, Principal, Role, UserPrincipal } from "./mod.ts";

const RANK: Readonly<Record<Role, number>> = { viewer: 0, artist: 1, owner: 2 };

/** The user, or ProblemError: 401 when there is nobody, 403 when it is no person or the role is too small. */
export function checkUser(principal: Principal, role: Role = "viewer"): UserPrincipal {
  if (principal.kind === "nobody") {
    throw new ProblemError(
      "unauthenticated",
      "Sign in first: open the link that `deno task start` prints, or one that an owner made for you.",
    );
  }
  if (principal.kind !== "user") {
    throw new ProblemError("forbidden", "This is for people: use a session or an access token.");
  }
  if (RANK[principal.role] < RANK[role]) {
    throw new ProblemError(
      "forbidden",
      `This needs the role ${role}, and you are here as ${principal.role}; ask an owner of the studio.`,
    );
  }
  return principal;
}

/** The agent behind a request, or the problem 401/403. */
export function requireAgent(c: Context<Env>): AgentPrincipal {
  const principal = c.get("principal");
  if (principal.kind === "agent") return principal;
  if (principal.kind === "nobody") {
    throw new ProblemError("unauthenticated", "Send the agent's token: `Authorization: Bearer gms_agent_…`.");
  }
  throw new ProblemError("forbidden", "This is for agents: use the token that registering gave.");
}
