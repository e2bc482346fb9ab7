import type { MiddlewareHandler } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Env } from "../studio.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what another site's page sends: a change, or a WebSocket, whose `Origin` is not the gateway's own. Browsers always
 * send Origin with these; what has none (git, agents, curl) is no page and carries no cookie of its own accord.
 */
export function checkOrigin(): MiddlewareHandler<Env> {
  return async function checkRequestOrigin(c, next) {
    const origin = c.req.header("origin");
    const upgrade = c.req.header("upgrade")?.toLowerCase() === "websocket";
    if (origin !== undefined && (upgrade || !SAFE.has(c.req.method))) {
      if (!isOwn(origin, c.req.url, c.get("studio").config.publicUrl)) {
        throw new ProblemError(
          "origin_refused",
          `The page at ${shown(origin)} may not do this. Open the studio under its own address${
            c.get("studio").config.publicUrl ? ` (${c.get("studio").config.publicUrl})` : ""
          }; if that is what you did, PUBLIC_URL of the gateway is wrong.`,
        );
      }
    }
    await next();
  };
}

/** Only hosts are compared with the request's own URL: behind a TLS proxy the page is https and the request http. */
function isOwn(origin: string, requestUrl: string, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  if (publicUrl !== null && from.origin === new URL(publicUrl).origin) return true;
  return /^https?:$/.test(from.protocol) && from.host === new URL(requestUrl).host;
}

function shown(origin: string): string {
  return origin.length > 200 ? `${origin.slice(0, 200)}…` : origin;
}
