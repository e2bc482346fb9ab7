import type { Lease, LeaseReply } from "../../shared/agents/protocol.ts";
import type { z } from "zod";
import { backoffMs, GATEWAY_BACKOFF } from "./backoff.ts";
import { GatewayError } from "./client.ts";
import { diskFreeMb } from "./disk.ts";
import { type AgentState, announceChange, changeOrTimeout } from "./state.ts";
import { begun, nameOf, work } from "./work.ts";

/** A gateway that answers at once with nothing (a proxy that cuts long polls) is not asked without a pause. */
const LEAST_POLL_MS = 250;
/** A look that has not ended by then goes on beside the next poll. */
const MOST_LOOK_MS = 60_000;

/**
 * What became of a grant. `at fault`: by something of this machine that is not as it was. `stuck`: this agent could not deal with it, and
 * asking at once might bring it again.
 */
type Taken = "ended" | "at fault" | "stuck";

/**
 * One slot's life: a long poll while it is free, the job while it has one. Ends when the agent drains, is over, or the
 * slot is gone from the machine. Rejects with GatewayError `unauthenticated`.
 */
export async function slotLoop(state: AgentState, slot: string): Promise<void> {
  const { options } = state;
  const leaving = AbortSignal.any([options.drain, options.now, state.over.signal]);
  let failures = 0;
  while (!leaving.aborted && state.machine.facts.slots.some((known) => known.slot === slot)) {
    if (state.held || state.resting !== null || !offers(state, slot) || !await hasRoom(state)) {
      await changeOrTimeout(state.changed, 30_000, leaving);
      continue;
    }
    try {
      const asked = performance.now();
      const reply = await poll(state, slot, leaving);
      options.reporter.settled("gateway");
      if (reply.pause) state.held ??= "paused";
      if (reply.quarantine) options.reporter.trouble("quarantine", reply.quarantine);
      else options.reporter.settled("quarantine");
      if (reply.idle?.sentence) {
        const reasons = reply.idle.reasons.map(({ reason }) => reason).join() || "-";
        options.reporter.idle(slot, reasons, reply.idle.sentence);
      }
      if (!reply.lease && performance.now() - asked < LEAST_POLL_MS) {
        await changeOrTimeout(state.changed, LEAST_POLL_MS, leaving);
      }
      const taken = reply.lease ? await take(state, slot, reply.lease) : "ended";
      if (taken === "stuck") {
        await changeOrTimeout(
          state.changed,
          backoffMs(++failures + 3, options.backoff ?? GATEWAY_BACKOFF),
          leaving,
        );
        continue;
      }
      failures = 0;
      // What it can do now is found out before it takes more, which would fail just so.
      if (taken === "at fault") await lookBriefly(state, leaving);
    } catch (error) {
      if (leaving.aborted) {
        state.cutOff ||= !(error instanceof GatewayError);
        return;
      }
      if (!(error instanceof GatewayError) || error.refusal === "unauthenticated") throw error;
      failures++;
      if (error.refusal === "conflict") await state.openSession();
      else options.reporter.trouble("gateway", error.message);
      if (error.refusal === "conflict" && failures === 1) continue;
      await changeOrTimeout(state.changed, backoffMs(failures, options.backoff ?? GATEWAY_BACKOFF), leaving);
    }
  }
}

async function lookBriefly(state: AgentState, leaving: AbortSignal): Promise<void> {
  const seen = new AbortController();
  const enough = changeOrTimeout(new EventTarget(), MOST_LOOK_MS, AbortSignal.any([leaving, seen.signal]));
  await Promise.race([state.look(), enough]).finally(() => seen.abort());
}

function poll(state: AgentState, slot: string, signal: AbortSignal): Promise<z.infer<typeof LeaseReply>> {
  return state.options.client.lease({
    boot_id: state.bootId,
    slot,
    wait_s: Math.min(30, state.session.poll_s),
    loaded: state.machine.runners.loaded(slot).slice(0, 50),
    disk_free_mb: state.machine.facts.disk_free_mb,
    ...(state.refused.length > 0 ? { refused: state.refused } : {}),
  }, signal);
}

async function take(state: AgentState, slot: string, lease: Lease): Promise<Taken> {
  const { options } = state;
  const { reporter } = options;
  const refusal = refusalOf(state, lease);
  if (refusal) {
    reporter.say(`Does not take ${lease.spec.title} (${lease.project.title}): ${refusal}.`);
    await options.client.release(lease.lease, refusal, AbortSignal.timeout(5_000)).catch(() => {});
    if (state.refused.includes(lease.job_id)) tellRefused(state);
    return "ended";
  }
  const entry = await options.journal.begin(lease, state.bootId, slot).catch(async (error) => {
    reporter.trouble("disk", `Cannot write to ${options.dataDir}: ${(error as Error).message}`);
    await options.client.release(
      lease.lease,
      "the agent cannot write to its disk",
      AbortSignal.timeout(5_000),
    ).catch(() => {});
    return null;
  });
  if (!entry) return "stuck";
  const running = begun(entry);
  state.running.set(lease.lease, running);
  announceChange(state);
  reporter.settled(`idle ${slot}`);
  reporter.job({
    job: lease.job_id,
    slot,
    title: lease.spec.title,
    project: lease.project.title,
    progress: running.progress,
  });
  const started = performance.now();
  const working = work(running, () => state.machine.runners.executorFor(lease.spec), options);
  state.working.add(working);
  try {
    const outcome = await working;
    const body = entry.report?.kind === "fail" ? `: ${entry.report.body.message}` : "";
    const seconds = Math.round((performance.now() - started) / 1000);
    reporter.ended(
      lease.job_id,
      `${lease.spec.title} (${nameOf(lease)}) ${WORDS[outcome]} after ${seconds} s${body}`,
    );
    const { report } = entry;
    return report?.kind === "fail" && ["agent", "transient"].includes(report.body.class)
      ? "at fault"
      : "ended";
  } catch (error) {
    reporter.ended(lease.job_id, `${lease.spec.title} stopped: ${(error as Error).message}`);
    if (error instanceof GatewayError && error.refusal === "unauthenticated") throw error;
    // A fault of this program with one job is no reason to leave the others; what is on disk is settled at the next start.
    return "stuck";
  } finally {
    state.running.delete(lease.lease);
    state.working.delete(working);
  }
}

/** Why the owner will not have this job done; one that came while the machine went to rest goes back too. */
function refusalOf(state: AgentState, lease: Lease): string | null {
  const { rules } = state.options;
  const refused = rules?.refusal(lease) ?? null;
  if (refused) {
    state.refused = [...state.refused.filter((id) => id !== lease.job_id), lease.job_id].slice(-500);
  }
  return refused ?? (rules?.verdict().take === false ? "this machine has just begun to rest" : null);
}

/** Milliseconds in which refusals are gathered: each telling is a session. */
const TELL_MS = 20_000;

/** The first at once, what follows together: those who wait for such a job see why it does not come. */
function tellRefused(state: AgentState): void {
  if (state.tells) return;
  state.tells = true;
  void (async () => {
    const told = state.refused.length;
    await state.openSession();
    await changeOrTimeout(new EventTarget(), state.options.tellRefusedMs ?? TELL_MS, state.over.signal);
    state.tells = false;
    if (!state.over.signal.aborted && state.refused.length !== told) tellRefused(state);
  })().catch(() => state.tells = false);
}

const WORDS: Record<Awaited<ReturnType<typeof work>>, string> = {
  succeeded: "is done",
  failed: "failed",
  cancelled: "was cancelled",
  lost: "went to another agent; its files were discarded",
  refused: "ended, but the gateway would not hear of it",
  released: "was handed back",
  stopped: "stays on disk until the next start",
};

function offers(state: AgentState, slot: string): boolean {
  return lentFacts(state).slots.some((known) => known.slot === slot && known.capabilities.length > 0);
}

/** What the machine can do, as far as its owner lends it, and what they would not have done. */
export function lentFacts({ machine, options, refused }: AgentState): AgentState["machine"]["facts"] {
  const facts = options.rules?.lend(machine.facts) ?? machine.facts;
  if (refused.length === 0) return facts;
  const { projects = { allow: [], deny: [] }, pools = [] } = facts.terms ?? {};
  return { ...facts, terms: { projects, pools, refused: refused.slice(-100) } };
}

/** Also keeps the number that polls and heartbeats report fresh. */
async function hasRoom(state: AgentState): Promise<boolean> {
  const { dataDir, minDiskMb, reporter } = state.options;
  const free = await diskFreeMb(dataDir);
  if (free === null) return true;
  state.machine.facts.disk_free_mb = free;
  if (free >= minDiskMb) {
    reporter.settled("disk");
    return true;
  }
  reporter.trouble(
    "disk",
    `Takes no job: ${free} MiB are free at ${dataDir}, and it wants ${minDiskMb} (--min-disk-mb). Free some space there.`,
  );
  return false;
}
