import type { Log } from "./http/mod.ts";

/** Milliseconds that one part may take to end; the next is not kept from it by a part that hangs. */
const PATIENCE_MS = 10_000;

type Part = Disposable | AsyncDisposable;

/** What a gateway has opened, by name. Closed in the opposite order, each in bounded time, and what is late is named. */
export class Parts implements AsyncDisposable {
  #open: { name: string; part: Part }[] = [];
  #log: Log;
  #patienceMs: number;

  constructor(log: Log, patienceMs = PATIENCE_MS) {
    this.#log = log;
    this.#patienceMs = patienceMs;
  }

  use<T extends Part>(name: string, part: T): T {
    this.#open.push({ name, part });
    return part;
  }

  /** The parts that have not ended yet, the one in hand first. */
  get names(): string[] {
    return this.#open.map(({ name }) => name).reverse();
  }

  /** Throws when a part was late or failed, after all had their turn. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: Error[] = [];
    while (this.#open.length) {
      const { name, part } = this.#open.at(-1)!;
      const ended = await within(this.#patienceMs, close(part)).catch((cause) => {
        failures.push(
          new Error(`${name} did not close: ${cause instanceof Error ? cause.message : cause}`, { cause }),
        );
        return true;
      });
      if (!ended) {
        this.#log.error("A part of the gateway did not end in time; going on without it", { part: name });
        failures.push(new Error(`${name} had not ended after ${this.#patienceMs / 1000} s`));
      }
      this.#open.pop();
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length) throw new AggregateError(failures, failures.map((each) => each.message).join("; "));
  }
}

async function close(part: Part): Promise<void> {
  if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
  else part[Symbol.dispose]();
}

/** False when it takes longer; it goes on behind. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(resolve, ms, false));
  // Failing after it was given up is nobody's any more.
  work.catch(() => {});
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
