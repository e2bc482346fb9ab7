import { z } from "zod";
import type { Database } from "../db/mod.ts";
import type { Log } from "../http/mod.ts";
import { choose, type Offer, type Waiter, type Waiters } from "./waiters.ts";

const CHANNEL = "studio_jobs";
/** Milliseconds over which offers are gathered into one NOTIFY. */
const GATHER_MS = 50;
/** NOTIFY carries at most 8000 bytes. */
const MOST_OFFERS = 20;

const Said = z.object({
  from: z.string(),
  offers: z.array(z.object({
    id: z.string().optional(),
    tenant_id: z.string(),
    project_id: z.string().optional(),
    pool: z.string(),
    place: z.string().optional(),
    capability: z.string(),
    runner: z.string(),
    vram_mb: z.number(),
    ram_mb: z.number(),
    disk_mb: z.number(),
  })),
});

/**
 * Waiters of this gateway, and one debounced NOTIFY to the others for jobs that found nobody waiting here. Never in the
 * transaction that writes the job: NOTIFY there takes a lock on the whole database at commit. A lost word costs at most one
 * poll's wait: polling is the truth.
 */
export async function openWaiters(db: Database, log: Log): Promise<Waiters> {
  const waiting = new Set<Waiter>();
  const self = crypto.randomUUID();
  let gathered = new Map<string, Offer>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const wakeOne = (offer: Offer): boolean => {
    const waiter = choose(waiting, offer);
    if (!waiter) return false;
    waiting.delete(waiter);
    waiter.wake(offer);
    return true;
  };
  const send = async () => {
    timer = undefined;
    const offers = [...gathered.values()].slice(0, MOST_OFFERS);
    gathered = new Map();
    try {
      await db.sql`select pg_notify(${CHANNEL}, ${JSON.stringify({ from: self, offers })})`;
    } catch (error) {
      log.debug("Could not tell other gateways of new jobs", { error });
    }
  };
  const listening = db.kind === "embedded" ? null : await db.listen(CHANNEL, (payload) => {
    const said = Said.safeParse(parseJson(payload));
    if (said.success && said.data.from !== self) { for (const offer of said.data.offers) wakeOne(offer); }
  });

  return {
    add(waiter) {
      waiting.add(waiter);
      return { [Symbol.dispose]: () => void waiting.delete(waiter) };
    },
    offer(job) {
      if (wakeOne(job) || !listening) return;
      const { id, tenant_id, project_id, pool, place, capability, runner, vram_mb, ram_mb, disk_mb } = job;
      gathered.set(`${project_id ?? tenant_id} ${pool} ${place} ${capability}`, {
        id,
        tenant_id,
        project_id,
        pool,
        place,
        capability,
        runner,
        vram_mb,
        ram_mb,
        disk_mb,
      });
      timer ??= setTimeout(send, GATHER_MS);
    },
    size: () => waiting.size,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      for (const waiter of waiting) waiter.wake(null);
      waiting.clear();
      await listening?.[Symbol.asyncDispose]();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
