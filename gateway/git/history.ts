import { Hono } from "hono";
import { HistoryEntry } from "../../shared/api/history.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { readLog } from "./log.ts";

/** Mounted under /api. */
export function historyRoutes(): Hono<Env> {
  const app = new Hono<Env>();
  app.get(
    "/projects/:p/history",
    operation({
      summary: "A project's commits, newest first",
      tag: "projects",
      query: PageQuery,
      response: { status: 200, schema: page(HistoryEntry) },
    }),
    async (c) => {
      const user = requireUser(c);
      const studio = c.get("studio");
      const project = await studio.projects.find(user.tenant_id, c.req.param("p"));
      return c.json(await readLog(studio.git.path(project), parseQuery(c, PageQuery)));
    },
  );
  return app;
}
