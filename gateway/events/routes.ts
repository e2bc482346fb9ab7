import { Hono } from "hono";
import { z } from "zod";
import { BranchQuery } from "../../shared/api/branches.ts";
import { Notice } from "../../shared/api/work.ts";
import { StudioEvent } from "../../shared/events/events.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { listNotices } from "./notices.ts";
import { openScreen } from "./open_screen.ts";

const EventsQuery = BranchQuery.extend({ project: z.string().max(100) });

/** The socket and the notices; mounted under /api. */
export function eventRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/events",
    operation({
      summary: "WebSocket: the state of a project, then everything that happens",
      description: "Signed in by session cookie or `Authorization`; never by a token in the address.",
      tag: "events",
      query: EventsQuery,
      response: { status: 101, schema: StudioEvent },
    }),
    async (c) => {
      const user = requireUser(c);
      const query = parseQuery(c, EventsQuery);
      const project = await c.get("studio").projects.find(user.tenant_id, query.project, query.branch);
      return await openScreen(c, project, user);
    },
  );

  app.get(
    "/projects/:project/notices",
    operation({
      summary: "What the artist was told, newest first",
      tag: "events",
      query: PageQuery,
      response: { status: 200, schema: page(Notice) },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects, db } = c.get("studio");
      const project = await projects.find(user.tenant_id, c.req.param("project"));
      return c.json(await listNotices(db.sql, project, parseQuery(c, PageQuery)));
    },
  );

  return app;
}
