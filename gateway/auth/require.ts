import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import { may, type Permission, rolesThatMay, scopesThatMay } from "../../shared/roles.ts";
import type { Env } from "../studio.ts";
import type { AgentPrincipal, Principal, UserPrincipal } from "./mod.ts";

/** The user, or ProblemError: 401 when there is nobody, 403 when it is no person or may not do this. */
export function checkUser(principal: Principal, permission: Permission): UserPrincipal {
  if (principal.kind === "nobody") {
    throw new ProblemError(
      "unauthenticated",
      "Sign in first: open the link that `deno task start` prints, or one that an owner made for you.",
    );
  }
  if (principal.kind !== "user") {
    throw new ProblemError("forbidden", "This is for people: use a session or an access token.");
  }
  const refusal = refusalOf(principal, permission);
  if (refusal) throw new ProblemError("forbidden", refusal);
  return principal;
}

/** Why a person may not do this, and what would help; null when they may. */
export function refusalOf(user: UserPrincipal, permission: Permission): string | null {
  if (may(user, permission)) return null;
  if (!may({ role: user.role, scopes: null }, permission)) {
    const roles = rolesThatMay(permission).toReversed();
    return `This needs the role ${
      listed(roles)
    }, and you are here as ${user.role}; ask an owner of the studio.`;
  }
  const scopes = scopesThatMay(permission);
  return scopes.length
    ? `This access token is good for ${listed(user.scopes!, "and")}; this needs one with ${listed(scopes)}.`
    : "This needs a session, or an access token without scopes.";
}

function listed(words: readonly string[], last: "or" | "and" = "or"): string {
  if (words.length < 2) return words[0] ?? "nothing";
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** The user behind a request of a route that lets only people in (gateway/auth/authorize.ts has seen to it). */
export function requireUser(c: Context<Env>, permission: Permission = "self"): UserPrincipal {
  return checkUser(c.get("principal"), permission);
}

/** The agent behind a request, or the problem 401/403. */
export function requireAgent(c: Context<Env>): AgentPrincipal {
  return checkAgent(c.get("principal"));
}

export function checkAgent(principal: Principal): AgentPrincipal {
  if (principal.kind === "agent") return principal;
  if (principal.kind === "nobody") {
    throw new ProblemError("unauthenticated", "Send the agent's token: `Authorization: Bearer gms_agent_…`.");
  }
  throw new ProblemError("forbidden", "This is for agents: use the token that registering gave.");
}
