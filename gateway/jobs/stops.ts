import { z } from "zod";
import type { Database } from "../db/mod.ts";
import type { Log } from "../http/mod.ts";
import { leaseIdOf } from "./grant.ts";
import type { JobRow } from "./mod.ts";
import type { Room } from "./room.ts";

const CHANNEL = "studio_stops";
const Said = z.object({ from: z.string(), agent: z.string() });

/** Agents that wait here for the word to stop, and word to and from the other gateways. */
export interface Stops extends AsyncDisposable {
  /** Aborted with the next word for this agent. */
  next(agentId: string): AbortSignal;
  /** Something that this agent has is to be stopped. */
  tell(agentId: string): void;
}

export async function openStops(db: Database, log: Log): Promise<Stops> {
  const waiting = new Map<string, AbortController>();
  const self = crypto.randomUUID();
  const wake = (agentId: string) => {
    waiting.get(agentId)?.abort();
    waiting.delete(agentId);
  };
  const listening = db.kind === "embedded" ? null : await db.listen(CHANNEL, (payload) => {
    const said = Said.safeParse(JSON.parse(payload));
    if (said.success && said.data.from !== self) wake(said.data.agent);
  });
  return {
    next(agentId) {
      const controller = waiting.get(agentId) ?? new AbortController();
      waiting.set(agentId, controller);
      return controller.signal;
    },
    tell(agentId) {
      wake(agentId);
      if (!listening) return;
      // A lost word costs a heartbeat's time: what it says there is the truth.
      db.sql`select pg_notify(${CHANNEL}, ${JSON.stringify({ from: self, agent: agentId })})`.catch((error) =>
        log.debug("Could not tell other gateways what is to be stopped", { error })
      );
    },
    async [Symbol.asyncDispose]() {
      for (const controller of waiting.values()) controller.abort();
      waiting.clear();
      await listening?.[Symbol.asyncDispose]();
    },
  };
}

/** The agent's leases that are to be stopped: now, or the first within `waitS` seconds; none when there are none by then. */
export async function waitForStops(
  room: Room,
  agentId: string,
  { bootId, waitS, gone }: { bootId: string; waitS: number; gone: AbortSignal },
): Promise<string[]> {
  // Waits before it looks: what is cancelled between the two would wake nobody.
  const word = room.stops.next(agentId);
  const asked = await stopsOf(room, agentId, bootId);
  if (asked.length || waitS === 0) return asked;
  await ended(AbortSignal.any([word, gone, room.studio.closing]), waitS * 1000);
  return word.aborted ? await stopsOf(room, agentId, bootId) : [];
}

async function stopsOf(room: Room, agentId: string, bootId: string): Promise<string[]> {
  const rows = await room.studio.db.sql<Pick<JobRow, "id" | "lease_token">[]>`
    select id, lease_token from jobs
    where lease_agent = ${agentId} and lease_boot = ${bootId} and state = 'leased' and cancel_requested_at is not null`;
  return rows.map((row) => leaseIdOf(row));
}

function ended(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
