import { uuidv7 } from "../../shared/ids.ts";
import { backoffMs, GATEWAY_BACKOFF, pause } from "./backoff.ts";
import { GatewayError } from "./client.ts";
import { heartbeatLoop } from "./heartbeat.ts";
import { createLooks, type Heard, listenTo, lookLoop } from "./look.ts";
import { proveItself } from "./prove.ts";
import { followReclaim } from "./reclaim.ts";
import { recover } from "./recover.ts";
import { followRules, restingOf } from "./rules.ts";
import { stopLoop } from "./stop_loop.ts";
import { lentFacts, slotLoop } from "./slot_loop.ts";
import { type AgentOptions, type AgentState, announceChange, type Ending, type Machine } from "./state.ts";
import { PutDown, putDown } from "./work.ts";

/** The agent as a whole: brings in old work, opens a session, then works until told to stop. */
export async function runAgent(options: AgentOptions): Promise<Ending> {
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, options.now, options.drain]);
  let state: AgentState | null = null;
  let rest = Promise.resolve();
  try {
    const heard = listenTo(options.news, over.signal);
    const machine = await options.look(options.now);
    ({ rest } = await recover(options, AbortSignal.any([over.signal, options.now])));
    state = newState(options, { machine, heard, over });
    await openSession(state, ended);
    return await live(state);
  } catch (error) {
    if (error === RESTART) return "restart";
    if (error instanceof GatewayError && error.refusal === "unauthenticated") {
      options.reporter.trouble(
        "token",
        `${error.message} Join again with a new code: agent join ${options.client.gateway} <code>`,
      );
      return "revoked";
    }
    if (options.now.aborted) return "released";
    if (options.drain.aborted) return "drained";
    throw error;
  } finally {
    for (const running of state?.running.values() ?? []) {
      putDown(running, new PutDown("stopped", "the agent ends"));
    }
    over.abort();
    await Promise.allSettled([rest, ...state?.working ?? []]);
    if (state) await loopsEnded(state);
    if (state?.cutOff && (options.drain.aborted || options.now.aborted)) await sayGoodbye(state);
  }
}

/**
 * All of them are told by now. One that still writes (a heartbeat's note of how far a job is, a self test) must not do so beside the next
 * process, nor into a folder that is being removed; one that hangs is not waited for longer than work is.
 */
async function loopsEnded({ loops, options }: AgentState): Promise<void> {
  const over = new AbortController();
  const grace = pause(options.graceMs ?? 8_000, over.signal).catch(() => {});
  await Promise.race([Promise.allSettled(loops), grace]);
  over.abort();
}

/**
 * A poll that the drain cut off may have been granted a job whose answer never arrived. A new boot frees it at once,
 * where it would otherwise wait for its lease to run out and count as an attempt. Not while finished work lies on disk:
 * its lease must stay.
 */
async function sayGoodbye(state: AgentState): Promise<void> {
  const { client, journal } = state.options;
  try {
    if ((await journal.entries()).length > 0) return;
    const boot_id = uuidv7();
    await client.session(boot_id, state.machine.facts, AbortSignal.timeout(5_000));
    await client.heartbeat({ boot_id, draining: true, leases: [] }, AbortSignal.timeout(5_000));
  } catch {
    // The gateway is away: the lease runs out by itself.
  }
}

const RESTART = new Error("this process lacks permissions that the session needs");

function newState(
  options: AgentOptions,
  { machine, heard, over }: { machine: Machine; heard: Heard; over: AbortController },
): AgentState {
  let opening: Promise<void> | null = null;
  let opened: number[] = [];
  const state: AgentState = {
    options,
    bootId: uuidv7(),
    machine,
    session: {
      agent_id: "",
      name: "",
      pools: [],
      heartbeat_s: 15,
      lease_s: 60,
      poll_s: 25,
      store_origins: [],
    },
    running: new Map(),
    working: new Set(),
    loops: [],
    held: null,
    resting: restingOf(options),
    refused: [],
    tells: false,
    selfTest: null,
    cutOff: false,
    over,
    changed: new EventTarget(),
    heard,
    look: createLooks(() => state),
    openSession() {
      if (!opening) {
        const now = performance.now();
        opened = [...opened, now].filter((at) => at > now - 60_000);
        opening = reopen(state, opened.length > 5, AbortSignal.any([over.signal, options.now]))
          .finally(() => opening = null);
      }
      return opening;
    },
  };
  return state;
}

/** Two processes with one token take the session from each other: said, and slowed down. */
async function reopen(state: AgentState, contested: boolean, signal: AbortSignal): Promise<void> {
  if (contested) {
    state.options.reporter.trouble(
      "session",
      "Another process works with this agent's token; each machine needs a join code of its own.",
    );
    await pause(30_000, signal);
  }
  await openSession(state, signal);
}

async function openSession(state: AgentState, signal: AbortSignal): Promise<void> {
  const { client, reporter, backoff } = state.options;
  for (let attempt = 1;; attempt++) {
    try {
      state.session = await client.session(
        state.bootId,
        lentFacts(state),
        signal,
        state.selfTest,
      );
      reporter.settled("gateway");
      break;
    } catch (error) {
      signal.throwIfAborted();
      // What is refused without a code was not the gateway's to refuse: a proxy, a network that wants a sign-in. It goes by.
      if (
        !(error instanceof GatewayError) || error.refusal === "unauthenticated" ||
        (error.refusal === "refused" && error.code !== null)
      ) throw error;
      reporter.trouble("gateway", error.message);
    }
    await pause(backoffMs(attempt, backoff ?? GATEWAY_BACKOFF), signal);
  }
  if (await state.options.sessionOpened?.(state.session) === false) throw RESTART;
}

/** Runs all loops until every slot has ended; the first that rejects ends the others. */
async function live(state: AgentState): Promise<Ending> {
  const { options, over } = state;
  const release = () => {
    for (const running of state.running.values()) {
      putDown(running, new PutDown("released", "the agent was told to stop"));
    }
  };
  options.now.addEventListener("abort", release);
  options.drain.addEventListener("abort", () => announceChange(state), { once: true, signal: over.signal });
  using _rules = followRules(state);
  using _reclaim = followReclaim(state);
  try {
    const slots = superviseSlots(state);
    const beside = [heartbeatLoop(state), lookLoop(state), stopLoop(state), proveItself(state)];
    state.loops.push(...beside);
    await Promise.race([slots, ...beside.map(reject)]);
    return options.now.aborted ? "released" : "drained";
  } finally {
    options.now.removeEventListener("abort", release);
    over.abort();
  }
}

/** A loop that ends by itself ends nothing; one that fails ends all. */
function reject(loop: Promise<void>): Promise<never> {
  return loop.then(() => new Promise<never>(() => {}));
}

/** A loop per slot that the machine has; cards that appear later get theirs when they do. */
async function superviseSlots(state: AgentState): Promise<void> {
  const { options, over } = state;
  const loops = new Map<string, Promise<void>>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const startMissing = () => {
    if (options.drain.aborted || options.now.aborted) return;
    for (const { slot } of state.machine.facts.slots) {
      if (loops.has(slot)) continue;
      const loop = slotLoop(state, slot).finally(() => loops.delete(slot));
      loops.set(slot, loop);
      state.loops.push(loop);
      loop.catch(failed.reject);
    }
  };
  startMissing();
  state.changed.addEventListener("change", startMissing);
  const leaving = Promise.withResolvers<void>();
  AbortSignal.any([options.drain, options.now, over.signal]).addEventListener(
    "abort",
    () => leaving.resolve(),
  );
  if (options.drain.aborted || options.now.aborted) leaving.resolve();
  await Promise.race([leaving.promise, failed.promise]);
  state.changed.removeEventListener("change", startMissing);
  await Promise.race([Promise.all(loops.values()), failed.promise]);
}
