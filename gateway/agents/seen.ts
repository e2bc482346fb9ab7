import type { z } from "zod";
import type { HeartbeatBody } from "../../shared/agents/protocol.ts";
import type { Studio } from "../studio.ts";
import { type Seen, updateSeen } from "./store.ts";

type Beat = Pick<
  z.infer<typeof HeartbeatBody>,
  "boot_id" | "draining" | "disk_free_mb" | "resting" | "doing"
>;

/** Milliseconds within which a heartbeat that says the same of its machine is not noted again: with progress, ten come in a second. */
const NOTED_MS = 1000;
/** Of the time without which an agent is offline, the share that may go by without a note. */
const SHARE = 1 / 40;
const MOST_KEPT = 20_000;

/**
 * Notes that agents are there. What is asked of one is believed for a moment, unless it changes at this gateway or another says that it
 * does ({@link forget}).
 */
export function createSeen({ db, config }: Pick<Studio, "db" | "config">) {
  const noted = new Map<string, { said: string; until: number; row: Seen }>();
  /** Questions on their way, by agent: what changes meanwhile is not in their answer. */
  const asking = new Map<string, symbol>();
  const forMs = Math.min(NOTED_MS, config.leaseSeconds * 1000 * SHARE);

  return {
    /** Null when this process is not the agent's latest. */
    async note(agentId: string, beat: Beat): Promise<Seen | null> {
      const said = JSON.stringify([beat.boot_id, beat.draining, beat.disk_free_mb, beat.resting, beat.doing]);
      const before = noted.get(agentId);
      if (before?.said === said && before.until > performance.now()) return before.row;
      const until = performance.now() + forMs;
      const question = Symbol();
      asking.set(agentId, question);
      const row = await updateSeen(db.sql, agentId, beat);
      if (asking.get(agentId) !== question) return row;
      asking.delete(agentId);
      if (noted.size > MOST_KEPT) noted.clear();
      if (row) noted.set(agentId, { said, until, row: { ...row, moved: false } });
      return row;
    },
    forget(agentId: string): void {
      noted.delete(agentId);
      asking.delete(agentId);
    },
  };
}
