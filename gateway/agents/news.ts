import type { z } from "zod";
import type { Agent } from "../../shared/api/work.ts";
import { asSystem } from "../db/mod.ts";
import type { Studio } from "../studio.ts";
import { changedMarks, readMarks } from "./watch.ts";

/** Milliseconds that announcements of one agent are gathered. */
const GATHER_MS = 50;

type Read = (agentIds: string[]) => Promise<{ tenantId: string; agent: z.infer<typeof Agent> }[]>;

/**
 * Tells the screens how agents are: at once where something was changed here, and by looking every few seconds for what
 * changed by itself (silence, strikes and leases that ended elsewhere).
 */
export function createNews(studio: Studio, read: Read) {
  const stopped = new AbortController();
  const waiting = new Set<string>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  /** Empty at first, so that the first look tells everything: a screen may have opened before it. */
  let marks = new Map<string, string>();
  let busy: Promise<void> = Promise.resolve();
  /** Said once, not every few seconds while the database is away. */
  let failing = false;

  async function tell(ids: string[], options: { here?: boolean } = {}): Promise<void> {
    if (!ids.length) return;
    for (const { tenantId, agent } of await read(ids)) {
      studio.events.publish(tenantId, null, { type: "agent", agent }, options);
    }
  }

  /** What fails here is said again by the next look; a gateway must not fall over it. */
  function quietly(work: () => Promise<void>): void {
    busy = busy.then(async () => {
      if (stopped.signal.aborted) return;
      try {
        await work();
        failing = false;
      } catch (error) {
        if (!failing && !stopped.signal.aborted) {
          studio.log.warn("Agents' news could not be told", { error });
        }
        failing = true;
      }
    });
  }

  async function look(): Promise<void> {
    const now = await readMarks(studio.db.sql, studio.config.leaseSeconds);
    const changed = changedMarks(marks, now);
    marks = now;
    // Every gateway looks for itself.
    await tell(changed, { here: true });
  }

  const everyMs = Math.min(3000, Math.max(250, studio.config.leaseSeconds * 50));
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    quietly(() => look().finally(() => looking = false));
  }, everyMs);

  function stop(): void {
    stopped.abort();
    clearInterval(timer);
    clearTimeout(gathering);
  }
  studio.closing.addEventListener("abort", stop);

  return {
    tell,
    announce(agentId: string): void {
      if (stopped.signal.aborted) return;
      waiting.add(agentId);
      gathering ??= setTimeout(() => {
        gathering = undefined;
        const ids = [...waiting];
        waiting.clear();
        // Gathered for all studios, whoever began it.
        asSystem(() => quietly(() => tell(ids)));
      }, GATHER_MS);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stop();
      await busy;
    },
  };
}
