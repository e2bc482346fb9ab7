import type { z } from "zod";
import type { AgentFacts, Registered, SelfTest, Session } from "../../shared/agents/protocol.ts";
import type { Agent, UpdateAgent } from "../../shared/api/work.ts";
import type { Trust } from "../../shared/jobs/trust.ts";
import type { Principal } from "../auth/mod.ts";
import type { Querier } from "../db/mod.ts";
import type { Taker } from "../jobs/mod.ts";
import type { Fault, Quarantine } from "./quarantine.ts";

export interface AgentRow {
  id: string;
  tenant_id: string;
  name: string;
  pools: string[];
  /** How well the studio knows it. */
  trust: Trust;
  /** Who lends it; null: the studio's own. */
  owner_id: string | null;
  /** The name in credits. */
  lent_by: string | null;
  facts: z.infer<typeof AgentFacts>;
  boot_id: string | null;
  /** Tags that the studio gave it; see tagsOf(). */
  tags?: string[];
  /** Why it gets no work at all, after faults of its own. */
  quarantine?: Quarantine | null;
  paused: boolean;
  draining: boolean;
  leaving: boolean;
  /** Why it takes no job by its owner's rules. */
  resting?: string | null;
  /** What it does beside jobs. */
  doing?: string | null;
  /** What spot checks made of it (gateway/checks). */
  standing?: { score: number; agreed: number; disagreed: number; agreed_since: number };
  /** Ids of projects that ask for more. */
  below?: string[];
  /** Projects its owner lends it to, and not, where any are named. */
  projects?: Taker["projects"];
  last_seen_at: Date | null;
  created_at: Date;
  /** Seen within the lease time and not removed. */
  online: boolean;
  suspended: { runner: string; count: number; suspended_at: Date }[];
}

export interface Agents extends AsyncDisposable {
  /** Uses up the code once. The name gets a suffix (`-2`) when another agent has it. ProblemError gone when the code has run out. */
  register(
    code: Extract<Principal, { kind: "join" }>,
    body: { name: string; facts: z.infer<typeof AgentFacts> },
  ): Promise<z.infer<typeof Registered>>;
  openSession(
    agentId: string,
    body: { boot_id: string; facts: z.infer<typeof AgentFacts>; self_test?: SelfTest },
  ): Promise<z.infer<typeof Session>>;
  /** ProblemError conflict when the boot is not the agent's latest: it must open a session again. */
  taker(
    agentId: string,
    body: { boot_id: string; slot: string; loaded: string[]; disk_free_mb?: number; refused?: string[] },
  ): Promise<{ taker: Taker; pause: boolean; quarantined?: string }>;
  seen(
    agentId: string,
    body: { boot_id: string; draining: boolean; disk_free_mb?: number; resting?: string; doing?: string },
  ): Promise<{ drain: boolean; pause: boolean; agent_package?: string }>;
  /** All that are not removed, kept in memory for a second: the basis of fallback and waiting reasons. */
  roster(tenantId: string): Promise<AgentRow[]>;
  /** What is remembered of them is read again: what projects ask of them, or what checks made of them, has changed. */
  forget(tenantId: string): void;
  find(tenantId: string, agentId: string): Promise<AgentRow>;
  update(
    tenantId: string,
    agentId: string,
    change: z.infer<typeof UpdateAgent>,
  ): Promise<AgentRow>;
  /** Its token is revoked, its leases are freed. */
  remove(tenantId: string, agentId: string, by?: { user_id: string; name: string }): Promise<void>;
  /** A fault of the host with a runner; the third suspends the pair. Returns whether it is suspended now. */
  strike(q: Querier, agentId: string, runner: string): Promise<boolean>;
  /** Tells whoever looks after machines, once, that this pair was suspended. After the transaction of strike(). */
  tellSuspended(tenantId: string, agentId: string, runner: string): Promise<void>;
  /**
   * An attempt failed for the machine's reasons, whatever the runner. Returns why it is in quarantine, should this have put it there; then
   * tellQuarantined() after the transaction.
   */
  fault(q: Querier, agentId: string, fault: Fault): Promise<string | null>;
  tellQuarantined(tenantId: string, agentId: string, reason: string): Promise<void>;
  /** A spot check found its work wrong: it is in quarantine until it is let out; then tellFoundWrong() after the transaction. */
  foundWrong(q: Querier, agentId: string, reason: string): Promise<void>;
  /** What it works on is given to others, and the screens hear. */
  tellFoundWrong(agentId: string): Promise<void>;
  /** Lets it work again. */
  liftQuarantine(tenantId: string, agentId: string): Promise<AgentRow>;
  /** Runner and slot work there: strikes and faults are forgotten. A suspension or a quarantine stays until somebody clears it. */
  success(q: Querier, agentId: string, runner: string, slot?: string | null): Promise<void>;
  /** Tells the screens how an agent is now, a moment later and once for many calls: after leasing, ending, strikes. */
  announce(agentId: string): void;
  /** Another gateway told of a change of this agent: ends its polls that wait here, should it have been paused or removed. */
  heard(tenantId: string, agentId: string): Promise<void>;
  /** Aborted when what a waiting poll of this agent was asked with no longer holds: new process, paused, removed. */
  unsettled(agentId: string): AbortSignal;
  clearStrikes(tenantId: string, agentId: string, runner: string): Promise<void>;
  view(rows: AgentRow[]): Promise<z.infer<typeof Agent>[]>;
  /** Agents by state, over all tenants, for /metrics. */
  counts(): Promise<{ state: z.infer<typeof Agent>["state"]; count: number }[]>;
}

export { createAgents } from "./agents.ts";
export { servedPools } from "./terms.ts";
export { tellOperators } from "./tell.ts";
export { tagsOf } from "./tags.ts";
export { agentPackageRoutes } from "./package_routes.ts";
export { agentRoutes } from "./routes.ts";
export { agentProtocolRoutes } from "./protocol.ts";
