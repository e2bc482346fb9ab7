import { AsyncLocalStorage } from "node:async_hooks";
import type { MiddlewareHandler } from "hono";
import { randomHex } from "../../shared/traces/begin.ts";
import { parseTraceparent, writeTraceparent } from "../../shared/traces/traceparent.ts";
import type { Env } from "../studio.ts";

const current = new AsyncLocalStorage<string>();

/** The `traceparent` that jobs of this request are given; null when nothing is recorded. */
export function currentTrace(): string | null {
  return current.getStore() ?? null;
}

/** Requests that ask for work: where a take's trace begins, unless the canvas has begun it with the click. */
const ASK = /^\/api\/projects\/[^/]+\/(jobs|renders)$/;

export function traced(): MiddlewareHandler<Env> {
  return async function traceRequest(c, next) {
    const { traces } = c.get("studio");
    const [, what] = c.req.method === "POST" ? ASK.exec(c.req.path) ?? [] : [];
    const from = parseTraceparent(c.req.header("traceparent"));
    if (!traces.on || !what || from?.recorded === false) return await next();
    const traceId = from?.traceId ?? randomHex(16);
    const spanId = randomHex(8);
    const began = Date.now();
    await current.run(writeTraceparent({ traceId, spanId, recorded: true }), next);
    const route = `/api/projects/:p/${what}`;
    traces.record([{
      trace_id: traceId,
      span_id: spanId,
      parent_id: from?.spanId ?? null,
      name: `POST ${route}`,
      kind: "server",
      start_ms: began,
      end_ms: Date.now(),
      failed: c.res.status >= 500,
      attributes: {
        "http.request.method": "POST",
        "http.route": route,
        "http.response.status_code": c.res.status,
        "studio.request_id": c.get("requestId"),
      },
    }]);
  };
}
