import { GatewayError } from "./client.ts";
import { diskFreeMb } from "./disk.ts";
import { JobFailure } from "./executor.ts";
import { type AgentState, announceChange, changeOrTimeout } from "./state.ts";
import { fail, progressOf, PutDown, putDown } from "./work.ts";

/**
 * One heartbeat per period carries every lease and its progress, and brings back what shall become of each. Sent when
 * idle too: it is how the gateway knows that this agent lives. Rejects with GatewayError `unauthenticated`.
 */
export async function heartbeatLoop(state: AgentState): Promise<void> {
  const { options } = state;
  const { signal } = state.over;
  while (!signal.aborted) {
    const said = state.resting;
    try {
      await beat(state);
      options.reporter.settled("gateway");
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof GatewayError) || error.refusal === "unauthenticated") throw error;
      if (error.refusal === "conflict") await state.openSession();
      // What runs goes on: a gateway that comes back within the lease time has noticed nothing.
      else options.reporter.trouble("gateway", error.message);
    }
    // The period from the session; that it drains or rests is told at once.
    const told = options.drain.aborted ? [signal] : [signal, options.drain];
    const ended = AbortSignal.any(told);
    // Not by the wall clock: one that is set back would keep it silent for as long.
    const until = performance.now() + state.session.heartbeat_s * 1000;
    while (!ended.aborted && state.resting === said && performance.now() < until) {
      await changeOrTimeout(state.changed, until - performance.now(), ended);
    }
  }
}

async function beat(state: AgentState): Promise<void> {
  const { options, running } = state;
  const free = await diskFreeMb(options.dataDir);
  if (free !== null) state.machine.facts.disk_free_mb = free;
  const sent = [...running.values()];
  const doing = options.doing?.() ?? null;
  await Promise.all(sent.map((job) => options.journal.note(job.entry, progressOf(job)).catch(() => {})));
  const limit = AbortSignal.timeout(Math.max(5_000, state.session.heartbeat_s * 1000));
  const reply = await options.client.heartbeat(
    {
      boot_id: state.bootId,
      draining: options.drain.aborted,
      ...(free === null ? {} : { disk_free_mb: free }),
      ...(state.resting === null ? {} : { resting: state.resting.slice(0, 300) }),
      ...(doing === null ? {} : { doing: doing.slice(0, 200) }),
      leases: sent.map((job) => ({ lease: job.entry.lease.lease, progress: progressOf(job) })),
    },
    AbortSignal.any([state.over.signal, limit]),
  ).catch((error) => {
    // A gateway that hangs is as good as away: what is at work here must not end with it.
    if (!limit.aborted || state.over.signal.aborted || error instanceof GatewayError) throw error;
    throw new GatewayError(
      "unavailable",
      `The gateway at ${options.client.gateway} does not answer; what runs goes on.`,
      { cause: error },
    );
  });
  if (reply.agent_package) options.served?.(reply.agent_package);
  for (const { lease, verdict } of reply.leases) {
    const job = running.get(lease);
    if (!job || verdict === "ok") continue;
    if (verdict === "cancel") fail(job, new JobFailure("cancelled", "It was cancelled."));
    // A report on its way may just have been taken in; its own answer knows better than this one.
    else if (!job.reported) putDown(job, new PutDown("lost", "The job went to another agent."));
  }
  hold(state, reply.drain ? "drained" : reply.pause ? "paused" : null);
}

function hold(state: AgentState, held: AgentState["held"]): void {
  if (held === state.held) return;
  const was = state.held;
  state.held = held;
  const { reporter } = state.options;
  if (held === "paused") reporter.say("Paused by its owner: takes no new job until it is resumed.");
  else if (held === "drained") {
    reporter.say("Drained by its owner: finishes what it has and takes no new job.");
  } else reporter.say(`No longer ${was}: takes jobs again.`);
  announceChange(state);
}
