import type { DrainPass } from "./outbox.ts";

export interface DrainerOptions {
  drain: (projectId: string) => Promise<DrainPass>;
  openProjects: () => Promise<string[]>;
  /** A pass failed; `inMs` says when the next one is tried. */
  failed: (projectId: string, error: unknown, inMs: number) => void;
  /** The list of open projects could not be read. */
  tickFailed: (error: unknown) => void;
  /** @default 80 Milliseconds between a wake and its pass: what is decided in that time shares the commit. */
  gatherMs?: number;
  /** @default 30_000 Milliseconds between looks at the whole outbox: rows of gateways that died. */
  tickMs?: number;
  /** @default 1_000 Milliseconds until the second try of a project; doubles up to a minute. */
  backoffMs?: number;
  /** @default 4_000 Milliseconds that a pass waits for somebody who set out to push: long enough to fetch, rebase and push once more. */
  wayMs?: number;
  /** @default 12_000 Milliseconds that it waits in all, however many push one after the other. */
  longestWayMs?: number;
}

/** Who is about to push to a project, each until when; times of performance.now(). */
interface Ways {
  from: number;
  until: Map<string, number>;
}

interface State {
  timer?: ReturnType<typeof setTimeout>;
  failures: number;
  running: boolean;
  again: boolean;
}

/** Passes at once, each with a connection for its lock: the others of the pool stay for their queries. */
const SIDE_BY_SIDE = 2;
const SLOWEST_MS = 60_000;
const BUSY_MS = 300;

/** When a project's outbox is drained: soon after a wake, at start, now and then, and again with backoff after a failure. */
export class Drainer implements AsyncDisposable {
  #options: Required<DrainerOptions>;
  #projects = new Map<string, State>();
  #due: string[] = [];
  #ways = new Map<string, Ways>();
  #running = new Set<Promise<void>>();
  #tick: ReturnType<typeof setTimeout>;
  #closed = false;

  constructor(options: DrainerOptions) {
    const usual = { gatherMs: 80, tickMs: 30_000, backoffMs: 1_000, wayMs: 4_000, longestWayMs: 12_000 };
    this.#options = { ...usual, ...options };
    this.#tick = setTimeout(() => this.#look(), Math.min(1_000, this.#options.tickMs));
  }

  wake(projectId: string): void {
    const state = this.#state(projectId);
    if (state.running) state.again = true;
    // One that is in backoff keeps its time: a project that fails must not be hammered by its own activity.
    else if (state.timer === undefined) this.#schedule(projectId, this.#options.gatherMs);
  }

  /**
   * Somebody sets out to push. Machines finish takes faster than a person fetches, rebases and pushes, and would have moved main
   * on each time: for a moment what they made waits.
   */
  giveWay(projectId: string, who: string): void {
    const now = performance.now();
    const ways = this.#ways.get(projectId) ?? { from: now, until: new Map() };
    ways.until.set(who, now + this.#options.wayMs);
    this.#ways.set(projectId, ways);
  }

  /** Their push has arrived; others may still be on their way, and would be sent back by a commit now. */
  wayIsFree(projectId: string, who: string): void {
    if (!this.#ways.get(projectId)?.until.delete(who) || this.#waysMs(projectId) > 0) return;
    const state = this.#projects.get(projectId);
    if (state?.timer !== undefined && state.failures === 0) this.#schedule(projectId, this.#options.gatherMs);
  }

  /** Milliseconds until a pass may begin. A way that was given is over with the pass: the next push is given another. */
  #waysMs(projectId: string): number {
    const ways = this.#ways.get(projectId);
    if (!ways) return 0;
    const latest = Math.max(0, ...ways.until.values());
    const ms = Math.min(latest, ways.from + this.#options.longestWayMs) - performance.now();
    if (ms <= 0) this.#ways.delete(projectId);
    return Math.max(0, ms);
  }

  async #look(): Promise<void> {
    let next = this.#options.tickMs;
    try {
      for (const id of await this.#options.openProjects()) this.wake(id);
    } catch (error) {
      this.#options.tickFailed(error);
      next = Math.min(next, 2_000);
    }
    if (!this.#closed) this.#tick = setTimeout(() => this.#look(), next);
  }

  #state(projectId: string): State {
    const known = this.#projects.get(projectId) ?? { failures: 0, running: false, again: false };
    this.#projects.set(projectId, known);
    return known;
  }

  #schedule(projectId: string, ms: number): void {
    const state = this.#state(projectId);
    clearTimeout(state.timer);
    if (this.#closed) return;
    state.timer = setTimeout(() => {
      const waysMs = this.#waysMs(projectId);
      if (waysMs > 0) return this.#schedule(projectId, waysMs);
      this.#due.push(projectId);
      this.#pump();
    }, ms);
  }

  #pump(): void {
    while (!this.#closed && this.#running.size < SIDE_BY_SIDE && this.#due.length) {
      const pass = this.#pass(this.#due.shift()!).finally(() => {
        this.#running.delete(pass);
        this.#pump();
      });
      this.#running.add(pass);
    }
  }

  async #pass(projectId: string): Promise<void> {
    const state = this.#state(projectId);
    state.timer = undefined;
    state.running = true;
    state.again = false;
    let next: number | null = null;
    try {
      const { outcome, failure } = await this.#options.drain(projectId);
      if (failure !== undefined) throw failure;
      state.failures = 0;
      if (outcome === "busy" || outcome === "resting") next = BUSY_MS;
      else if (outcome === "more") next = 0;
      else if (state.again) next = this.#options.gatherMs;
    } catch (error) {
      next = Math.min(SLOWEST_MS, this.#options.backoffMs * 2 ** state.failures++) *
        (0.75 + Math.random() / 2);
      this.#options.failed(projectId, error, next);
    }
    state.running = false;
    if (next !== null) this.#schedule(projectId, next);
    else this.#projects.delete(projectId);
  }

  /** Starts nothing more and waits for what runs. Open rows stay for the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#tick);
    for (const state of this.#projects.values()) clearTimeout(state.timer);
    await Promise.all(this.#running);
  }
}
