import { Hono } from "hono";
import { BranchQuery } from "../../shared/api/branches.ts";
import { HistoryEntry } from "../../shared/api/history.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { readLog } from "./log.ts";

const HistoryQuery = PageQuery.extend(BranchQuery.shape);

/** Mounted under /api. */
export function historyRoutes(): Hono<Env> {
  const app = new Hono<Env>();
  app.get(
    "/projects/:p/history",
    operation({
      summary: "The commits of a project's branch, newest first",
      tag: "projects",
      query: HistoryQuery,
      response: { status: 200, schema: page(HistoryEntry) },
    }),
    async (c) => {
      const user = requireUser(c);
      const studio = c.get("studio");
      const query = parseQuery(c, HistoryQuery);
      const project = await studio.projects.find(user.tenant_id, c.req.param("p"), query.branch);
      return c.json(await readLog(studio.git.path(project), query));
    },
  );
  return app;
}
