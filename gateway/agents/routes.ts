import { Hono } from "hono";
import type { z } from "zod";
import { Agent, CreateJoinCode, JoinCode, UpdateAgent } from "../../shared/api/work.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { may } from "../../shared/roles.ts";
import { writeAudit } from "../audit/mod.ts";
import { baseUrl, requireUser, type UserPrincipal } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { joinCommands } from "./commands.ts";
import type { AgentRow } from "./mod.ts";
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
      may: "lend",
      body: CreateJoinCode,
      response: { status: 201, schema: JoinCode },
    }),
    async (c) => {
      const user = requireUser(c);
      const { pools, uses, expires_s, trust, lent_by } = await parseBody(c, CreateJoinCode);
      // An artist lends one machine of their own; whom else to let in, and how far to trust them, is the owner's to say.
      if (
        !may(user, "fleet") && (uses > 1 || trust === "own" || pools.some((pool) => pool !== "default"))
      ) {
        throw new ProblemError(
          "forbidden",
          "Artists add one machine of their own at a time; ask an owner for a code for several, for other pools, or for the studio's own machines.",
        );
      }
      const { code, expiresAt } = await c.get("studio").auth.createJoinCode(user.tenant_id, {
        pools: [...new Set(pools)],
        uses,
        expiresS: expires_s,
        userId: user.user_id,
        trust,
        ...(lent_by ? { lentBy: lent_by } : trust === "own" ? { lentBy: "" } : {}),
      });
      await writeAudit(c.get("studio").db.sql, {
        tenantId: user.tenant_id,
        who: user,
        what: "join_code_made",
        detail: { pools, uses, expires_s, trust, lent_by },
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
      summary: "Pause, drain or rename an agent, give it other pools, or trust it more or less",
      description: "Whoever lends a machine pauses, drains and renames it; the rest is for owners.",
      tag: "agents",
      may: "lend",
      body: UpdateAgent,
      response: { status: 200, schema: Agent },
    }),
    async (c) => {
      const owner = requireUser(c);
      const { agents } = c.get("studio");
      const change = await parseBody(c, UpdateAgent);
      mayChange(owner, await agents.find(owner.tenant_id, c.req.param("agent")), change);
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
      may: "lend",
      response: { status: 204 },
    }),
    async (c) => {
      const owner = requireUser(c);
      mayChange(owner, await c.get("studio").agents.find(owner.tenant_id, c.req.param("agent")));
      await c.get("studio").agents.remove(owner.tenant_id, c.req.param("agent"), owner);
      return c.body(null, 204);
    },
  );

  app.delete(
    "/agents/:agent/quarantine",
    operation({
      summary: "Let an agent work again that was in quarantine, after faults of its own or a spot check",
      tag: "agents",
      may: "run",
      response: { status: 200, schema: Agent },
    }),
    async (c) => {
      const user = requireUser(c);
      const { agents, db } = c.get("studio");
      const { quarantine } = await agents.find(user.tenant_id, c.req.param("agent"));
      if (quarantine?.cause === "check" && !may(user, "fleet")) {
        throw new ProblemError(
          "forbidden",
          "A spot check found this machine's work wrong; only whoever looks after the studio's machines lets it work again.",
        );
      }
      const row = await agents.liftQuarantine(user.tenant_id, c.req.param("agent"));
      if (quarantine) {
        await writeAudit(db.sql, {
          tenantId: user.tenant_id,
          who: user,
          what: "agent_let_out",
          subject: { id: row.id, name: row.name },
          detail: { reason: quarantine.reason },
        });
      }
      return c.json((await agents.view([row]))[0]!);
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

/** Owners change every machine; whoever lends one decides when it works, what it is called and whether it stays. */
function mayChange(user: UserPrincipal, agent: AgentRow, change: z.infer<typeof UpdateAgent> = {}): void {
  if (may(user, "fleet")) return;
  if (agent.owner_id !== user.user_id) {
    throw new ProblemError(
      "forbidden",
      "Only an owner of the studio, or whoever lends this machine, changes it.",
    );
  }
  if (change.trust !== undefined || change.pools !== undefined || change.tags !== undefined) {
    throw new ProblemError(
      "forbidden",
      "Only an owner says what pools a machine serves, what tags it has and how far to trust it.",
    );
  }
}
