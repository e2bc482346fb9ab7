import type { Operations } from "../../shared/api/operations.ts";
import { asSystem, databaseFigures } from "../db/mod.ts";
import {
  failedInADay,
  failuresAlike,
  queueByTier,
  slotJobs,
  unfinishedAlike,
  whyTheyWait,
} from "../jobs/mod.ts";
import type { Studio } from "../studio.ts";
import { fleetOf } from "./fleet.ts";
import { createKept } from "./kept.ts";
import type { OperationsRoom } from "./mod.ts";
import { processFigures } from "./process.ts";
import { startPulse } from "./pulse.ts";
import { storageOf } from "./storage.ts";

/** Milliseconds that figures are kept: what moves all the time, and what is added up over many rows or files. */
const QUICK_MS = 2_000;
const SLOW_MS = 60_000;

/** Opens the room; its pulse is taken until it is disposed. */
export function createOperations(studio: Studio): OperationsRoom {
  const pulse = startPulse();
  const work = createKept<Pick<Operations, "queue" | "agents">>(QUICK_MS);
  const failures = createKept<Operations["failures"]>(QUICK_MS);
  const storage = createKept<Operations["storage"]>(SLOW_MS);
  const database = createKept<NonNullable<Operations["gateway"]>["database"]>(QUICK_MS);

  async function lookAtWork(tenantId: string): Promise<Pick<Operations, "queue" | "agents">> {
    const { sql } = studio.db;
    const roster = await studio.agents.roster(tenantId);
    const alike = await unfinishedAlike(sql, tenantId);
    const working = roster.length ? await slotJobs(sql, roster.map((agent) => agent.id)) : [];
    return {
      queue: { tiers: queueByTier(alike), ...whyTheyWait(alike, roster) },
      agents: fleetOf(roster, new Set(working.map((job) => job.agent_id)), Date.now()),
    };
  }

  /** Size of the database, its queries and its connections are of all studios on it: none of one among several sees them. */
  async function servesOne(): Promise<boolean> {
    const [row] = await asSystem(() =>
      studio.db.sql<{ studios: number }[]>`
        select count(*)::int as studios from (select 1 from tenants limit 2) found`
    );
    return row!.studios === 1;
  }

  return {
    async look({ id, slug }) {
      const of = {
        ...await work(id, () => lookAtWork(id)),
        failures: await failures(id, async () => failuresAlike(await failedInADay(studio.db.sql, id))),
        storage: await storage(id, () => storageOf(studio, { id, slug })),
      };
      if (!await servesOne()) return { ...of, gateway: null };
      return {
        ...of,
        gateway: {
          database: await database("", () => databaseFigures(studio.db)),
          process: await processFigures(studio, pulse),
        },
      };
    },
    [Symbol.dispose]: () => pulse[Symbol.dispose](),
  };
}
