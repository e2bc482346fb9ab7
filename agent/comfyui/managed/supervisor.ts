import { type Backoff, backoffMs, pause } from "../../lease/backoff.ts";
import { type Held, JobFailure } from "../../lease/executor.ts";
import { createComfyClient } from "../client.ts";
import { LogFile } from "./log_file.ts";
import type { Program } from "./program.ts";

export interface ManagedOptions {
  program: Program;
  /** Where it answers: `http://127.0.0.1:8189` */
  url: string;
  /** Its output, kept within bounds. */
  logPath: string;
  say(sentence: string): void;
  /** Milliseconds without work after which it is stopped; null: never. Asked at every look. */
  idleMs?(): number | null;
  /** Milliseconds between two looks; for its start (custom nodes may install things); of silence until it counts as hanging. */
  checkMs?: number;
  startMs?: number;
  hangMs?: number;
  backoff?: Backoff;
}

const HANGS = "hangs";

/** `waking`: starting again after it was stopped for want of work. `down`: it has ended and is started again after a while. */
export type ManagedState = "starting" | "up" | "asleep" | "waking" | "down";

/** A ComfyUI, or what answers as one, that the agent runs itself. */
export interface Managed extends AsyncDisposable {
  /** Dispatches `change` when it comes up or goes down. */
  changed: EventTarget;
  state(): ManagedState;
  /** null while there is no process, or another's ComfyUI is used. */
  pid(): number | null;
  /**
   * Until it answers, woken where it sleeps; it is not stopped while any of these is held. Rejects with the signal's reason,
   * and with JobFailure `agent` while it is down: another machine may be faster.
   */
  hold(signal: AbortSignal): Promise<Held>;
  /** Somebody has seen what it can make: from now on it may be stopped when idle. */
  seen(): void;
}

const RESTART: Backoff = { baseMs: 2_000, capMs: 300_000 };
/** Milliseconds of life after which a restart counts as the first again. */
const GOOD_LIFE_MS = 600_000;

export function openManaged(options: ManagedOptions): Managed {
  const { program, checkMs = 5_000, startMs = 600_000, hangMs = 120_000, backoff = RESTART } = options;
  const client = createComfyClient({ url: options.url, timeoutMs: Math.min(30_000, hangMs) });
  const log = new LogFile(options.logPath);
  const changed = new EventTarget();
  const over = new AbortController();
  let state: ManagedState = "starting";
  let child: Deno.ChildProcess | null = null;
  let holds = 0;
  let idleSince = performance.now();
  let seen = false;
  let life = new AbortController();

  function become(next: ManagedState): void {
    if (next === state) return;
    state = next;
    if (next === "up") idleSince = performance.now();
    changed.dispatchEvent(new Event("change"));
  }
  const next = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      changed.addEventListener("change", () => resolve(), { once: true, signal });
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  const answers = () => client.systemStats({ signal: over.signal }).then(() => true, () => false);
  const isIdle = () => {
    const idleMs = options.idleMs?.() ?? null;
    return idleMs !== null && seen && holds === 0 && performance.now() - idleSince >= idleMs;
  };

  /** One life, from the start to the end of the process; resolves with what became of it, or null when it was stopped. */
  async function live(): Promise<string | null> {
    if (program.mayUseAnother && await answers()) return await useAnother();
    const { process, stop } = await program.start();
    child = process;
    const ended = process.status.then(({ code, signal }) => signal ?? `exit code ${code}`);
    const output = Promise.all([log.follow(process.stdout), log.follow(process.stderr)]);
    const why = await watch(ended);
    await stop(why === HANGS);
    // What it started may hold its pipe open for longer than it lived.
    await Promise.race([output, pause(1_000)]);
    child = null;
    return why === null ? null : `${why}${log.lastLine() && `: ${log.lastLine()}`}`;
  }

  async function watch(ended: Promise<string>): Promise<string | null> {
    const done = ended.then((how) => `has ended (${how})`);
    const began = performance.now();
    let heardAt = began;
    for (;;) {
      const gone = await Promise.race([done, pause(checkMs, over.signal).then(() => null, () => null)]);
      if (gone !== null) return gone;
      if (over.signal.aborted) return null;
      // Its own end is noticed also while it is being asked.
      const answer = await Promise.race([done, answers()]);
      if (typeof answer === "string") return answer;
      if (answer) {
        heardAt = performance.now();
        if (state !== "up") options.say(`${program.name} is up at ${options.url}.`);
        become("up");
      } else if (performance.now() - heardAt > (state === "up" ? hangMs : startMs)) {
        return state === "up" ? HANGS : `has not come up within ${Math.round(startMs / 1000)} s`;
      }
      if (state === "up" && isIdle()) {
        options.say(`${program.name} is stopped: nothing to do for a while. The next job starts it.`);
        become("asleep");
        return null;
      }
    }
  }

  /** Left by an agent that was killed, or started by hand: two on one port cannot be. Used as long as it answers. */
  async function useAnother(): Promise<string | null> {
    options.say(`A ComfyUI answers at ${options.url} already; that one is used.`);
    become("up");
    for (let heardAt = performance.now(); performance.now() - heardAt <= hangMs;) {
      await pause(checkMs, over.signal).catch(() => {});
      if (over.signal.aborted) return null;
      if (await answers()) heardAt = performance.now();
    }
    return "that was there already no longer answers";
  }

  async function supervise(): Promise<void> {
    for (let failures = 0; !over.signal.aborted;) {
      if (state === "asleep") {
        await next(over.signal);
        continue;
      }
      const began = performance.now();
      const why = await live().catch((error) => `cannot be started: ${(error as Error).message}`);
      if (why === null) continue;
      program.ended?.(why);
      life.abort(
        new JobFailure("transient", `${program.name} ${why.split(":")[0]} in the middle of the job.`),
      );
      life = new AbortController();
      if (performance.now() - began > GOOD_LIFE_MS) failures = 0;
      const waitMs = backoffMs(++failures, backoff);
      options.say(
        `${program.name} ${why}. Started again in ${Math.ceil(waitMs / 1000)} s (${log.path} says more).`,
      );
      become("down");
      await pause(waitMs, over.signal).catch(() => {});
      if (!over.signal.aborted) become("starting");
    }
  }
  const supervised = supervise();

  return {
    changed,
    state: () => state,
    pid: () => child?.pid ?? null,
    seen: () => void (seen = true),
    async hold(signal) {
      holds++;
      try {
        const ended = AbortSignal.any([signal, over.signal]);
        if (state === "asleep") become("waking");
        while (state !== "up") {
          if (state === "down") {
            throw new JobFailure("agent", `${program.name} has ended here and is not up again yet.`, {
              fault: "comfyui",
            });
          }
          await next(ended);
          ended.throwIfAborted();
        }
      } catch (error) {
        release();
        throw error;
      }
      return { gone: life.signal, [Symbol.dispose]: release };
    },
    async [Symbol.asyncDispose]() {
      over.abort(new Error("The agent ends."));
      await supervised;
    },
  };

  function release(): void {
    holds--;
    idleSince = performance.now();
  }
}
