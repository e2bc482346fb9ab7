import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { uuidv7 } from "../../shared/ids.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import type { Env, Router, Studio } from "../studio.ts";
import { messagePage } from "./message_page.ts";
import type { RequestMetrics } from "./metrics.ts";
import { problemResponse } from "./problems.ts";
import { secure } from "./security.ts";

/** A caller's own request id is kept when it is one: it ends in logs and headers. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** What stands around every request: its id, the studio, the access log, figures, security headers. */
export function frame(studio: Studio, metrics: RequestMetrics): MiddlewareHandler<Env> {
  const requests = studio.log.child({ room: "http" });
  return async (c, next) => {
    const started = performance.now();
    const answered = metrics.begin();
    const given = c.req.header("x-request-id");
    const requestId = given && REQUEST_ID.test(given) ? given : uuidv7();
    c.set("studio", studio);
    c.set("requestId", requestId);
    c.set("principal", { kind: "nobody" });
    const log = requests.child({ request_id: requestId });
    c.set("log", log);
    if (c.req.raw.url.includes("%00")) {
      c.res = problemResponse(
        c,
        new ProblemError("invalid_request", "The address has a NUL in it; leave it out."),
      );
    } else if (studio.closing.aborted && !HEALTH.has(c.req.path)) {
      c.res = problemResponse(
        c,
        new ProblemError(
          "unavailable",
          "This gateway is shutting down. Nothing is lost; try again in a moment.",
        ),
      );
    } else {
      await next();
    }
    // An accepted socket: its response cannot be touched any more.
    if (c.res.status !== 101) {
      c.res.headers.set("x-request-id", requestId);
      await secure(c, studio);
    }
    const seconds = (performance.now() - started) / 1000;
    const route = routeOf(c);
    answered({ method: methodOf(c), route, status: c.res.status, seconds });
    // The path without its query: one-time links and signed URLs carry secrets there.
    log[quiet(route) ? "debug" : "info"](
      `${c.req.method} ${c.req.path}`,
      {
        status: c.res.status,
        ms: Math.round(seconds * 1000),
        ...who(c),
      },
    );
  };
}

/** Answers what no route took, a browser with a page: 405 with `Allow` when the path is known under another method, else 404. */
export function noRoute(app: Router): (c: Context<Env>) => Response {
  return (c) => {
    const allowed = METHODS.filter((method) =>
      app.router.match(method, c.req.path)[0].some(([[, route]]) =>
        route.method === method && route.path !== "/*"
      )
    );
    if (allowed.length && !allowed.includes(c.req.method)) {
      if (allowed.includes("GET")) allowed.push("HEAD");
      const response = problemResponse(
        c,
        new ProblemError(
          "method_not_allowed",
          `${c.req.path} does not take ${c.req.method}; it takes ${allowed.join(", ")}.`,
        ),
      );
      response.headers.set("allow", allowed.join(", "));
      return response;
    }
    if (isAPersonsBrowser(c)) {
      const about =
        `The studio has no page at ${c.req.path}; it may have moved, or the address lacks a letter.`;
      return c.html(messagePage("There is nothing here", [about]), 404);
    }
    return problemResponse(
      c,
      new ProblemError("not_found", `There is nothing at ${c.req.path}. The routes are listed at /docs.`),
    );
  };
}

/** Somebody typed or followed an address: programs ask for JSON or anything, and the API answers in its own form. */
function isAPersonsBrowser(c: Context<Env>): boolean {
  return c.req.method === "GET" && /\btext\/html\b/.test(c.req.header("accept") ?? "") &&
    !/^\/(?:api|git|objects)(?:\/|$)/.test(c.req.path);
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The pattern of the route that answered, or that would have: few values, so that metrics stay few. */
function routeOf(c: Context<Env>): string {
  const matched = matchedRoutes(c);
  const last = matched[c.req.routeIndex];
  // A middleware answered: the first route behind it was meant.
  const route = last && last.method !== "ALL" ? last : matched.find((each) => each.method !== "ALL");
  return route && !(route.path === "/*" && c.res.status === 404) ? route.path : "(none)";
}

/** Anybody can make up a method; figures don't grow by that. */
function methodOf(c: Context<Env>): string {
  return METHODS.includes(c.req.method) || c.req.method === "HEAD" ? c.req.method : "(other)";
}

const HEALTH = new Set(["/healthz", "/readyz", "/metrics"]);
/** Asked all the time by every agent. */
const ROUTINE = new Set(["/api/agent/heartbeat", "/api/agent/stops"]);

/** Asked every few seconds by machines. */
function quiet(route: string): boolean {
  return HEALTH.has(route) || ROUTINE.has(route);
}

function who(c: Context<Env>): Record<string, string> {
  const principal = c.get("principal");
  switch (principal.kind) {
    case "user":
      return { user: principal.user_id };
    case "agent":
      return { agent: principal.agent_id };
    case "lease":
      return { job: principal.job_id };
    default:
      return {};
  }
}
