import type { Context, MiddlewareHandler } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import { asTenant } from "../db/mod.ts";
import { problemResponse } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { createAttempts } from "./attempts.ts";

export { checkOrigin } from "./origin.ts";

/** Sets `principal` for every request, as whose tenant the rest of it asks the database; wrong credentials end here, 401, or 429 when an address keeps on sending them. */
export function authenticate(): MiddlewareHandler<Env> {
  const attempts = createAttempts();

  return async function authenticateRequest(c, next) {
    let refused: unknown;
    // Deno tells of a hang-up only who was listening by then; whoever opens a socket looks at it at the end of all waiting.
    if (c.req.header("upgrade")) void c.req.raw.signal;
    try {
      c.set("principal", await c.get("studio").auth.principalOf(c.req.raw));
    } catch (error) {
      refused = error;
      c.set("principal", { kind: "nobody" });
    }
    if (refused === undefined) {
      const principal = c.get("principal");
      await asTenant(principal.kind === "nobody" ? null : principal.tenant_id, next);
    } else {
      const wrong = refused instanceof ProblemError && refused.code === "unauthenticated";
      c.res = wrong ? refuse(c, refused, attempts.failed(clientAddress(c))) : problemResponse(c, refused);
    }
    if (c.res.status === 401) c.res.headers.set("www-authenticate", challenge(c));
  };
}

function refuse(c: Context<Env>, error: unknown, waitS: number): Response {
  if (waitS === 0) return problemResponse(c, error);
  const response = problemResponse(
    c,
    new ProblemError(
      "too_many_requests",
      `Too many wrong tokens came from here; try again in ${waitS} seconds with the right one.`,
    ),
  );
  response.headers.set("retry-after", String(waitS));
  return response;
}

/** git asks for a name and password when it reads Basic; to a browser that would be a pop-up nobody can answer. */
function challenge(c: Context<Env>): string {
  return c.req.path.startsWith("/git/") ? 'Basic realm="studio", charset="UTF-8"' : 'Bearer realm="studio"';
}

/** The peer's address as Deno.serve gives it; not X-Forwarded-For, which anybody can write. */
export function clientAddress(c: Context<Env>): string {
  const info = c.env as { remoteAddr?: { hostname?: string } } | undefined;
  return info?.remoteAddr?.hostname ?? "unknown";
}
