import { Hono } from "hono";
import { Agent, CreateJoinCode, JoinCode, UpdateAgent } from "../../shared/api/work.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { writeAudit } from "../audit/mod.ts";
import { baseUrl, requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { joinCommands } from "./commands.ts";
import type { Env, Router } from "../studio.ts";

/** What people do with agents; mounted under /api. */
export function agentRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/agents",
    operation({
      summary: "List the agents, by name",
      tag: "agents",
      query: PageQuery,
      response: { status: 200, schema: page(Agent) },
    }),
    async (c) => {
      const user = requireUser(c);
      const { cursor, limit } = parseQuery(c, PageQuery);
      const { agents } = c.get("studio");
      const rows = await agents.roster(user.tenant_id);
      // The cursor is the id of the last one shown; when that is gone the list begins again.
      const from = cursor ? rows.findIndex((row) => row.id === cursor) + 1 : 0;
      const shown = rows.slice(from, from + limit);
      const next = rows.length > from + limit ? shown.at(-1)!.id : undefined;
      return c.json({ items: await agents.view(shown), ...(next ? { next } : {}) });
    },
  );

  app.post(
    "/agents/join-codes",
    operation({
      summary: "Make a code that lets agents join",
      tag: "agents",
      may: "fleet",
      body: CreateJoinCode,
      response: { status: 201, schema: JoinCode },
    }),
    async (c) => {
      const owner = requireUser(c);
      const { pools, uses, expires_s } = await parseBody(c, CreateJoinCode);
      const { code, expiresAt } = await c.get("studio").auth.createJoinCode(owner.tenant_id, {
        pools: [...new Set(pools)],
        uses,
        expiresS: expires_s,
        userId: owner.user_id,
      });
      await writeAudit(c.get("studio").db.sql, {
        tenantId: owner.tenant_id,
        who: owner,
        what: "join_code_made",
        detail: { pools, uses, expires_s },
      });
      return c.json({
        code,
        ...joinCommands(baseUrl(c), code),
        expires_at: expiresAt.toISOString(),
      }, 201);
    },
  );

  app.get(
    "/agents/:agent",
    operation({ summary: "One agent", tag: "agents", response: { status: 200, schema: Agent } }),
    async (c) => {
      const user = requireUser(c);
      const { agents } = c.get("studio");
      const [agent] = await agents.view([await agents.find(user.tenant_id, c.req.param("agent"))]);
      return c.json(agent!);
    },
  );

  app.patch(
    "/agents/:agent",
    operation({
      summary: "Pause, drain or rename an agent, or give it other pools",
      tag: "agents",
      may: "fleet",
      body: UpdateAgent,
      response: { status: 200, schema: Agent },
    }),
    async (c) => {
      const owner = requireUser(c);
      const { agents } = c.get("studio");
      const change = await parseBody(c, UpdateAgent);
      const row = await agents.update(owner.tenant_id, c.req.param("agent"), change);
      await writeAudit(c.get("studio").db.sql, {
        tenantId: owner.tenant_id,
        who: owner,
        what: change.paused === undefined
          ? "agent_changed"
          : change.paused
          ? "agent_paused"
          : "agent_resumed",
        subject: { id: row.id, name: row.name },
        detail: change,
      });
      return c.json((await agents.view([row]))[0]!);
    },
  );

  app.delete(
    "/agents/:agent",
    operation({
      summary: "Remove an agent: its token ends and its jobs go back to the queue",
      tag: "agents",
      may: "fleet",
      response: { status: 204 },
    }),
    async (c) => {
      const owner = requireUser(c);
      await c.get("studio").agents.remove(owner.tenant_id, c.req.param("agent"), owner);
      return c.body(null, 204);
    },
  );

  app.delete(
    "/agents/:agent/suspensions/:runner",
    operation({
      summary: "Let an agent use a runner again that failed there too often",
      tag: "agents",
      may: "run",
      response: { status: 204 },
    }),
    async (c) => {
      const user = requireUser(c);
      await c.get("studio").agents.clearStrikes(user.tenant_id, c.req.param("agent"), c.req.param("runner"));
      return c.body(null, 204);
    },
  );

  return app;
}
