import { Hono } from "hono";
import { Donors, DonorsQuery, PlanStanding, Usage, UsageQuery } from "../../shared/api/usage.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { reportDonors } from "./donors.ts";
import { reportUsage, usageCsv } from "./report.ts";

/** Mounted under /api. */
export function usageRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/usage",
    operation({
      summary: "What was used, by project, agent or tier",
      tag: "usage",
      query: UsageQuery,
      response: { status: 200, schema: Usage },
    }),
    async (c) => {
      const user = requireUser(c);
      return c.json(await reportUsage(c.get("studio").db.sql, user.tenant_id, parseQuery(c, UsageQuery)));
    },
  );
  app.get(
    "/usage.csv",
    operation({
      summary: "The same as a table for spreadsheets",
      tag: "usage",
      query: UsageQuery,
      response: { status: 200, description: "CSV (RFC 4180)", contentType: "text/csv" },
    }),
    async (c) => {
      const user = requireUser(c);
      const usage = await reportUsage(c.get("studio").db.sql, user.tenant_id, parseQuery(c, UsageQuery));
      return c.body(usageCsv(usage), 200, {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="usage-by-${usage.by}.csv"`,
      });
    },
  );
  app.get(
    "/usage/plan",
    operation({
      summary: "What the studio may use, and how much of it is used",
      tag: "usage",
      response: { status: 200, schema: PlanStanding },
    }),
    async (c) => {
      const { db, plans } = c.get("studio");
      return c.json(await plans.standing(db.sql, requireUser(c).tenant_id));
    },
  );
  app.get(
    "/usage/donors",
    operation({
      summary: "Who gave what, by card and quality, for which film",
      description: "`mine=true`: what the machines have done that the asker lends.",
      tag: "usage",
      query: DonorsQuery,
      response: { status: 200, schema: Donors },
    }),
    async (c) => {
      const user = requireUser(c);
      const query = parseQuery(c, DonorsQuery);
      const whose = { tenantId: user.tenant_id, ...(query.mine ? { ownerId: user.user_id } : {}) };
      return c.json({ rows: await reportDonors(c.get("studio").db.sql, whose, query) });
    },
  );
  return app;
}
