import { ProblemError } from "../../shared/http/problem.ts";
import { isId, uuidv7 } from "../../shared/ids.ts";
import type { Studio } from "../studio.ts";
import { writeAudit } from "../audit/mod.ts";
import { slotJobs } from "../jobs/mod.ts";
import { checkFacts } from "./facts.ts";
import type { AgentRow, Agents } from "./mod.ts";
import { createNews } from "./news.ts";
import { agentDigest } from "./package.ts";
import { createRoster } from "./roster.ts";
import { freeName, insertAgent, lockNames, selectAgents, updateAgent, updateSession } from "./store.ts";
import { addStrike, deleteStrikes, forgiveStrikes } from "./strikes.ts";
import {
  addFault,
  forgiveFaults,
  keepQuarantine,
  keptWords,
  liftQuarantine,
  quarantineByCheck,
} from "./quarantine.ts";
import { tellOtherFiles } from "./model_files.ts";
import { diskWord, lossWord, quarantineWord, suspendedWord, tellOperators } from "./tell.ts";
import { createSeen } from "./seen.ts";
import { takerOf } from "./taker.ts";
import { inVersion } from "./versions.ts";
import { withProjects } from "./terms.ts";
import { type AgentState, agentViews, stateOf } from "./view.ts";

const REMOVED = "This agent was removed from the studio; join it again with a new join code.";

/** The agents room: who may work for a tenant, what they have, and whether they are there. */
export function createAgents(studio: Studio): Agents {
  const leaseS = studio.config.leaseSeconds;
  const roster = createRoster(() => studio.db.sql, leaseS, (tenantId) => studio.runners.of(tenantId));
  const unsettled = new Map<string, AbortController>();

  async function view(rows: AgentRow[]) {
    const inTheirVersion = await Promise.all(rows.map(asOffered));
    return agentViews(
      inTheirVersion,
      rows.length ? await slotJobs(studio.db.sql, rows.map((row) => row.id)) : [],
    );
  }

  async function asOffered(row: AgentRow): Promise<AgentRow> {
    return { ...row, facts: inVersion(row.facts, await studio.runners.of(row.tenant_id)) };
  }

  async function byId(agentId: string): Promise<AgentRow | null> {
    return (await selectAgents(studio.db.sql, { ids: [agentId] }, leaseS))[0] ?? null;
  }

  /** The states that were told last: of what changes by itself, only those change why jobs wait. */
  const known = new Map<string, { state: AgentState; fleet: string }>();
  const seen = createSeen(studio);

  const news = createNews(studio, async (ids) => {
    const rows = await selectAgents(studio.db.sql, { ids }, leaseS);
    for (const row of rows) {
      const before = known.get(row.id);
      const now = { state: stateOf(row), fleet: fleetMark(row) };
      // A job that was given or ended changes nothing that is read of a fleet, and a large one takes long to read.
      if (before?.fleet !== now.fleet) roster.forget(row.tenant_id);
      if (before?.state !== now.state) studio.jobs.reconsider(row.tenant_id);
      known.set(row.id, now);
    }
    return (await view(rows)).map((agent, at) => ({ tenantId: rows[at]!.tenant_id, agent }));
  });

  /** Polls that wait for this agent were asked something that no longer holds. */
  function unsettle(agentId: string): void {
    seen.forget(agentId);
    unsettled.get(agentId)?.abort();
    unsettled.delete(agentId);
  }

  async function find(tenantId: string, agentId: string): Promise<AgentRow> {
    const [row] = isId(agentId)
      ? await selectAgents(studio.db.sql, { tenantId, ids: [agentId] }, leaseS)
      : [];
    if (!row) throw new ProblemError("not_found", "There is no such agent in this studio.");
    return row;
  }

  async function changed(row: { id: string; tenant_id: string }): Promise<void> {
    roster.forget(row.tenant_id);
    unsettle(row.id);
    studio.jobs.reconsider(row.tenant_id);
    await news.tell([row.id]);
  }

  /** With the process that begins next, the machine works again, unless what it found says otherwise. */
  async function afterTest(tenantId: string, agentId: string, body: Parameters<Agents["openSession"]>[1]) {
    const { quarantine } = await find(tenantId, agentId);
    // The process that failed cannot prove that it does not.
    if (!quarantine || !body.self_test || quarantine.boot_id === body.boot_id) return quarantine ?? null;
    // Nor does a machine whose work was found wrong.
    if (quarantine.cause === "check") return quarantine;
    if (body.self_test.passed) await letOut(tenantId, agentId);
    else await keepQuarantine(studio.db.sql, agentId, body.self_test);
    return (await find(tenantId, agentId)).quarantine ?? null;
  }

  async function letOut(tenantId: string, agentId: string): Promise<void> {
    await studio.db.sql.begin((tx) => liftQuarantine(tx, { tenantId, agentId }));
  }

  return {
    find,
    view,
    roster: (tenantId) => roster.of(tenantId),
    announce: news.announce,
    forget(tenantId) {
      roster.forget(tenantId);
      studio.jobs.reconsider(tenantId);
    },
    unsettled(agentId) {
      let controller = unsettled.get(agentId);
      if (!controller) unsettled.set(agentId, controller = new AbortController());
      return controller.signal;
    },
    async heard(tenantId, agentId) {
      roster.forget(tenantId);
      studio.jobs.reconsider(tenantId);
      seen.forget(agentId);
      if (!unsettled.has(agentId)) return;
      const row = await byId(agentId);
      if (!row || row.paused || row.draining || row.quarantine) unsettle(agentId);
    },
    async register(code, body) {
      checkFacts(body.facts);
      const id = uuidv7();
      const registered = await studio.db.sql.begin(async (tx) => {
        if (!await studio.auth.useJoinCode(code.token_id, tx)) {
          throw new ProblemError(
            "gone",
            "This join code was used or has expired; ask an owner for a new one.",
          );
        }
        await lockNames(tx, code.tenant_id);
        const name = await freeName(tx, code.tenant_id, plainName(body.name));
        await insertAgent(tx, {
          ...{ id, tenantId: code.tenant_id, name, pools: code.pools, facts: body.facts },
          ...{
            trust: code.trust,
            owner_id: code.trust === "own" ? null : code.user_id,
            lent_by: code.lent_by,
          },
        });
        await writeAudit(tx, {
          tenantId: code.tenant_id,
          who: { name },
          what: "agent_joined",
          subject: { id, name },
          detail: { pools: code.pools, trust: code.trust },
        });
        return { agent_id: id, name, token: await studio.auth.createAgentToken(code.tenant_id, id, tx) };
      }) as { agent_id: string; name: string; token: string };
      await changed({ id, tenant_id: code.tenant_id });
      return { ...registered, store_origins: await fileOrigins(studio, code.tenant_id) };
    },
    async openSession(agentId, body) {
      checkFacts(body.facts);
      const before = await byId(agentId);
      const row = await updateSession(studio.db.sql, agentId, body);
      if (!row) throw new ProblemError("unauthenticated", REMOVED);
      // Also for the same boot: should this gateway have died between the two, the next call mends it.
      await studio.jobs.freeOtherBoots(agentId, body.boot_id);
      const quarantine = row.quarantine ? await afterTest(row.tenant_id, agentId, body) : null;
      await changed({ id: agentId, tenant_id: row.tenant_id });
      const lost = before && lossWord(row.name, before.facts, body.facts);
      if (lost) await tellOperators(studio, { id: agentId, tenant_id: row.tenant_id }, lost);
      await tellOtherFiles(studio, { ...row, id: agentId }, {
        before: before?.facts.models,
        now: body.facts.models,
      });
      return {
        agent_id: agentId,
        name: row.name,
        pools: row.pools,
        heartbeat_s: studio.config.heartbeatSeconds,
        lease_s: leaseS,
        poll_s: studio.config.pollSeconds,
        store_origins: await fileOrigins(studio, row.tenant_id),
        ...(quarantine
          ? {
            quarantine: {
              reason: quarantine.reason,
              test: quarantine.cause !== "check" && quarantine.boot_id !== body.boot_id,
              slots: quarantine.slots,
            },
          }
          : {}),
      };
    },
    async taker(agentId, body) {
      const found = await byId(agentId);
      if (!found) throw new ProblemError("unauthenticated", REMOVED);
      const [row = found] = await withProjects(studio.db.sql, found.tenant_id, [found]);
      const taker = takerOf(await asOffered(row), body);
      // A poll is a sign of life too; written only when heartbeats don't.
      if (silentS(row) > studio.config.heartbeatSeconds * 1.5) {
        await studio.db.sql`update agents set last_seen_at = now() where id = ${agentId}`;
        if (!row.online) await changed(row);
      }
      return {
        taker,
        pause: row.paused || row.draining || Boolean(row.quarantine),
        ...(row.quarantine ? { quarantined: keptWords(row.quarantine) } : {}),
      };
    },
    async seen(agentId, body) {
      const row = await seen.note(agentId, body);
      if (row?.moved) await changed({ id: agentId, tenant_id: row.tenant_id });
      // Asked of a machine that is short of disk alone: the notices are looked through for it.
      const low = row && body.disk_free_mb !== undefined ? diskWord(row.name, body.disk_free_mb) : null;
      if (row && low) await tellOperators(studio, { id: agentId, tenant_id: row.tenant_id }, low);
      const served = agentDigest(studio.config.agentSource);
      const wishes = row && { drain: row.draining, pause: row.paused || row.quarantined };
      if (wishes) return served === null ? wishes : { ...wishes, agent_package: served };
      if (!await byId(agentId)) throw new ProblemError("unauthenticated", REMOVED);
      throw new ProblemError("conflict", "Another process of this agent has started: open a session again.");
    },
    async update(tenantId, agentId, change) {
      await find(tenantId, agentId);
      try {
        await updateAgent(studio.db.sql, tenantId, agentId, change);
      } catch (error) {
        if ((error as { code?: string }).code !== "23505") throw error;
        throw new ProblemError("conflict", `Another agent is called "${change.name}"; choose another name.`);
      }
      await changed({ id: agentId, tenant_id: tenantId });
      return await find(tenantId, agentId);
    },
    async remove(tenantId, agentId, by) {
      const { name } = await find(tenantId, agentId);
      await studio.db.sql.begin(async (tx) => {
        await tx`update agents set removed_at = now() where id = ${agentId} and tenant_id = ${tenantId}`;
        await studio.auth.revokeAgentTokens(agentId, tx);
        await writeAudit(tx, {
          tenantId,
          who: by ?? { name: "The studio" },
          what: "agent_removed",
          subject: { id: agentId, name },
        });
      });
      roster.forget(tenantId);
      unsettle(agentId);
      // No process has this boot id: every lease is another boot's.
      await studio.jobs.freeOtherBoots(agentId, crypto.randomUUID());
      await studio.jobs.forgetAgent(agentId);
      known.delete(agentId);
      studio.jobs.reconsider(tenantId);
      studio.events.publish(tenantId, null, { type: "agent_removed", agent_id: agentId });
    },
    async strike(q, agentId, runner) {
      const suspended = await addStrike(q, agentId, runner);
      if (suspended) unsettle(agentId);
      news.announce(agentId);
      return suspended;
    },
    async tellSuspended(tenantId, agentId, runner) {
      const agent = await byId(agentId);
      if (agent) {
        await tellOperators(studio, { id: agentId, tenant_id: tenantId }, suspendedWord(agent.name, runner));
      }
    },
    async fault(q, agentId, fault) {
      const reason = await addFault(q, agentId, fault);
      if (reason !== null) unsettle(agentId);
      return reason;
    },
    async tellQuarantined(tenantId, agentId, reason) {
      const agent = await byId(agentId);
      if (!agent) return;
      await changed(agent);
      await tellOperators(studio, { id: agentId, tenant_id: tenantId }, {
        ...quarantineWord(agent.name, reason),
        // Each time is news, however soon after the last.
        about: `quarantine ${agent.quarantine?.since ?? ""}`,
      });
    },
    async foundWrong(q, agentId, reason) {
      await quarantineByCheck(q, agentId, reason);
    },
    async tellFoundWrong(agentId) {
      await studio.jobs.takeAway(agentId, "A spot check found other work of it wrong");
      const agent = await byId(agentId);
      if (agent) await changed(agent);
    },
    async liftQuarantine(tenantId, agentId) {
      await find(tenantId, agentId);
      await letOut(tenantId, agentId);
      await changed({ id: agentId, tenant_id: tenantId });
      return await find(tenantId, agentId);
    },
    async success(q, agentId, runner, slot) {
      await Promise.all([
        forgiveStrikes(q, agentId, runner),
        slot ? forgiveFaults(q, agentId, slot) : null,
      ]);
    },
    async clearStrikes(tenantId, agentId, runner) {
      await find(tenantId, agentId);
      await deleteStrikes(studio.db.sql, { tenantId, agentId, runner });
      await changed({ id: agentId, tenant_id: tenantId });
    },
    async counts() {
      const rows = await studio.db.sql<(Parameters<typeof stateOf>[0] & { count: number })[]>`
        select case when quarantine is not null then '{}'::jsonb end as quarantine, paused, draining, leaving,
          coalesce(last_seen_at > now() - make_interval(secs => ${leaseS}), false) as online, count(*) as count
        from agents where removed_at is null group by 1, 2, 3, 4, 5`;
      const counts: Record<AgentState, number> = {
        ...{ online: 0, offline: 0, paused: 0, draining: 0, quarantined: 0 },
      };
      for (const row of rows) counts[stateOf(row)] += row.count;
      return (Object.keys(counts) as AgentState[]).map((state) => ({ state, count: counts[state] }));
    },
    async [Symbol.asyncDispose]() {
      await news[Symbol.asyncDispose]();
    },
  };
}

/** Where files lie for agents: the store, and the gateway by the name it puts into URLs, which may not be the one they call. */
async function fileOrigins({ objects, config }: Studio, tenantId: string): Promise<string[]> {
  const stores = await objects.originsOf(tenantId);
  return [...new Set([...stores, ...(config.publicUrl ? [new URL(config.publicUrl).origin] : [])])];
}

/** A machine's name is shown in lists and sentences: one line of it, and something when nothing remains. */
function plainName(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim() || "agent";
}

/** What of an agent decides what work may be given to it, beside its facts. */
function fleetMark(row: AgentRow): string {
  return [stateOf(row), ...row.suspended.map(({ runner }) => runner), ...row.below ?? []].join(" ");
}

/** Roughly, by the gateway's clock: it only decides whether to write. */
function silentS(row: AgentRow): number {
  return row.last_seen_at ? (Date.now() - row.last_seen_at.getTime()) / 1000 : Infinity;
}
