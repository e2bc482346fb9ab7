import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { descriptionOf, type Operation } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { checkAgent, checkUser } from "./require.ts";

/**
 * The one place where a described route's `auth` and `may` are held against who asks, before the route sees the request.
 * Git, LFS and the object store's own addresses describe nothing: they ask `may` themselves and answer in their protocol's words.
 */
export function authorize(): MiddlewareHandler<Env> {
  return async function authorizeRequest(c, next) {
    const about = described(c);
    if (about) check(c, about);
    await next();
  };
}

/** What the route says that will answer: of several that match, the first. */
function described(c: Context<Env>): Operation | undefined {
  for (const { handler } of matchedRoutes(c)) {
    const about = descriptionOf(handler);
    if (about) return about;
  }
}

function check(c: Context<Env>, { auth = "user", may = "view" }: Operation): void {
  const principal = c.get("principal");
  if (auth === "user") checkUser(principal, may);
  if (auth === "agent") checkAgent(principal);
  // `join` is looked at by registering itself, which uses the code up.
}
