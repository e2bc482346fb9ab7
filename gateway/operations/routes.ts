import { Hono } from "hono";
import { Operations } from "../../shared/api/operations.ts";
import { requireUser } from "../auth/mod.ts";
import { operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";

/** Mounted under /api. */
export function operationsRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/operations",
    operation({
      summary: "How the studio is doing: queue, agents, failures, storage, database, gateway",
      description:
        "Of the asker's studio. `gateway` is null where the gateway serves several studios: its figures are of all of them, and for " +
        "whoever runs it at /metrics.",
      tag: "operations",
      may: "fleet",
      response: { status: 200, schema: Operations },
    }),
    async (c) => {
      const user = requireUser(c);
      return c.json(await c.get("studio").operations.look({ id: user.tenant_id, slug: user.tenant_slug }));
    },
  );
  return app;
}
