import type { Context } from "hono";
import type { z } from "zod";
import type { LeaseBody, LeaseReply } from "../../shared/agents/protocol.ts";
import { baseUrl } from "../auth/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import { tellGranted } from "../traces/mod.ts";
import type { Env } from "../studio.ts";

type Reply = z.infer<typeof LeaseReply>;

const PAUSED = "This agent is paused or draining; an owner lets it work again on the Agents page.";

/** `quarantined`: why, in words. */
function paused(quarantined: string | undefined): Reply {
  return {
    lease: null,
    pause: true,
    idle: { sentence: quarantined ?? PAUSED, reasons: [] },
    ...(quarantined === undefined ? {} : { quarantine: quarantined }),
  };
}

/** One long poll: a lease, or why there is none. A job granted to a caller who has gone is handed back at once. */
export async function answerPoll(c: Context<Env>, agentId: string, body: LeaseBody): Promise<Reply> {
  const { agents, jobs, config, closing } = c.get("studio");
  // Before taker(), so that a change between the two ends the poll.
  const unsettled = agents.unsettled(agentId);
  const { taker, pause, quarantined } = await agents.taker(agentId, body);
  if (pause) return paused(quarantined);
  const gone = c.req.raw.signal;
  const waitS = Math.min(body.wait_s, config.pollSeconds);
  const job = await jobs.poll(taker, waitS, AbortSignal.any([gone, unsettled, closing]));
  if (!job) {
    const now = unsettled.aborted ? await agents.taker(agentId, body) : null;
    return now?.pause
      ? paused(now.quarantined)
      : { lease: null, idle: await jobs.idleReasons(taker), pause: false };
  }
  if (gone.aborted) {
    await handBack(c, agentId, job, "the agent stopped asking before it could be told");
    return { lease: null, idle: null, pause: false };
  }
  try {
    const lease = await jobs.leaseView(job, baseUrl(c));
    agents.announce(agentId);
    tellGranted(c.get("studio"), job);
    return { lease, idle: null, pause: false };
  } catch (error) {
    await handBack(c, agentId, job, "the gateway could not prepare it");
    throw error;
  }
}

async function handBack(c: Context<Env>, agentId: string, job: JobRow, reason: string): Promise<void> {
  const { jobs, log } = c.get("studio");
  try {
    await jobs.release(agentId, `${job.id}.${job.lease_token}`, reason);
  } catch (error) {
    // It runs out by itself then.
    log.warn("A lease could not be handed back", { job: job.id, error });
  }
}
