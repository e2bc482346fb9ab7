import { Hono } from "hono";
import { Checks, CheckSettings, ChecksQuery, MyReputations } from "../../shared/api/checks.ts";
import { Submitted, Take } from "../../shared/api/work.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { writeAudit } from "../audit/mod.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { projectToChange } from "../projects/mod.ts";
import type { Env, Router } from "../studio.ts";
import { readSettings, writeSettings } from "./settings.ts";
import { begunToday } from "./store.ts";
import { keepTake, makeTakeAgain } from "./unverified.ts";
import { listChecks, pictureOf, reputationsOf } from "./view.ts";

const tag = "checks";

/** Mounted under /api. */
export function checkRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/checks",
    operation({
      summary: "Spot checks of the community's machines, newest first",
      tag,
      may: "fleet",
      query: ChecksQuery,
      response: { status: 200, schema: Checks },
    }),
    async (c) => {
      const { tenant_id } = requireUser(c);
      const { cursor, limit } = parseQuery(c, ChecksQuery);
      if (cursor !== undefined && !isId(cursor)) {
        throw new ProblemError(
          "invalid_request",
          "This cursor is none of ours; begin the list again without it.",
        );
      }
      const { sql } = c.get("studio").db;
      const rows = await listChecks(sql, tenant_id, { before: cursor ?? null, limit: limit + 1 });
      const items = rows.slice(0, limit);
      return c.json({
        items,
        ...(rows.length > limit ? { next: items.at(-1)!.id } : {}),
        settings: await readSettings(sql, tenant_id),
        today: await begunToday(sql, tenant_id),
      });
    },
  );
  app.put(
    "/checks/settings",
    operation({
      summary: "How often the community's machines are checked, and how many checks there are a day",
      tag,
      may: "fleet",
      body: CheckSettings,
      response: { status: 200, schema: CheckSettings },
    }),
    async (c) => {
      const user = requireUser(c);
      const settings = await parseBody(c, CheckSettings);
      await c.get("studio").db.sql.begin(async (tx) => {
        await writeSettings(tx, user.tenant_id, settings);
        await writeAudit(tx, {
          tenantId: user.tenant_id,
          who: user,
          what: "checks_changed",
          detail: settings,
        });
      });
      return c.json(settings);
    },
  );
  app.get(
    "/checks/mine",
    operation({
      summary: "What spot checks made of the machines that whoever asks lends to the community",
      tag,
      may: "lend",
      response: { status: 200, schema: MyReputations },
    }),
    async (c) => {
      const user = requireUser(c);
      return c.json({ machines: await reputationsOf(c.get("studio").db.sql, user.tenant_id, user.user_id) });
    },
  );
  app.get(
    "/checks/:check/picture",
    operation({
      summary: "What a check compared, side by side",
      tag,
      may: "fleet",
      response: { status: 302, description: "A signed URL" },
    }),
    async (c) => {
      const { tenant_id } = requireUser(c);
      const { db: { sql }, lfs } = c.get("studio");
      const id = c.req.param("check");
      const found = isId(id) ? await pictureOf(sql, tenant_id, id) : null;
      if (!found) throw new ProblemError("not_found", "There is no such picture of a check.");
      return c.redirect(
        await lfs.url({ id: found.project_id, tenant_id }, found.oid, { contentType: "image/png" }),
      );
    },
  );
  app.post(
    "/projects/:p/takes/:t/again",
    operation({
      summary: "Make a take again as it was asked for, on another machine",
      tag,
      may: "make",
      response: { status: 202, schema: Submitted },
    }),
    async (c) => {
      const { studio, user, project } = await projectToChange(c);
      const job = await makeTakeAgain(studio, project, user, c.req.param("t"));
      return c.json({ jobs: await studio.jobs.view([job]) }, 202);
    },
  );
  app.delete(
    "/projects/:p/takes/:t/unverified",
    operation({
      summary: "Keep a take that is marked unverified: somebody has looked at it",
      tag,
      may: "review",
      response: { status: 200, schema: Take },
    }),
    async (c) => {
      const { studio, user, project } = await projectToChange(c);
      const take = await keepTake(studio, project, user, c.req.param("t"));
      return c.json((await studio.takes.view([take]))[0]!);
    },
  );
  return app;
}
