import { AsyncLocalStorage } from "node:async_hooks";
import type { Sql } from "../db/mod.ts";

interface Transaction {
  open: boolean;
}

const inside = new AsyncLocalStorage<Transaction>();

/** After so long a transaction that still runs is taken to wait for what was asked outside of it, ms. */
const STUCK_MS = 10_000;

/**
 * The same client of an embedded database, whose one connection a transaction holds: a question that its code asks outside of it waits for
 * ever, and the transaction with it. Here it fails instead, with the place that asked in its stack.
 */
export function failWhereItWouldHang(sql: Sql, stuckMs = STUCK_MS): Sql {
  return new Proxy(sql, {
    apply(target, self, args) {
      return watched(Reflect.apply(target, self, args));
    },
    get(target, key, receiver) {
      if (key === "unsafe") return (...args: Parameters<Sql["unsafe"]>) => watched(target.unsafe(...args));
      if (key !== "begin") return Reflect.get(target, key, receiver);
      return async (...args: unknown[]) => {
        const transaction: Transaction = { open: true };
        const code = args.pop() as (tx: unknown) => unknown;
        const begun = (target.begin as (...args: unknown[]) => Promise<unknown>)(
          ...args,
          (tx: unknown) => inside.run(transaction, () => code(tx)),
        ).finally(() => transaction.open = false);
        const outer = inside.getStore();
        return await (outer ? unlessStuck(outer, begun) : begun);
      };
    },
  });

  function watched<T>(query: T): T {
    const asked = query as { handle?(): Promise<unknown>; executed?: boolean; reject?(error: Error): void };
    const handle = asked.handle;
    // A fragment of another query is made the same way and never asked.
    if (typeof handle !== "function") return query;
    asked.handle = function () {
      const outer = inside.getStore();
      if (!asked.executed && outer?.open) {
        const answered = handle.call(this);
        const error = wouldHang();
        // Heard by whoever asked; the answer itself is what is watched.
        const timer = setTimeout(() => outer.open && asked.reject?.(error), stuckMs);
        const settled = () => clearTimeout(timer);
        (query as Promise<unknown>).then(settled, settled);
        return answered;
      }
      return handle.call(this);
    };
    return query;
  }

  async function unlessStuck<T>(outer: Transaction, work: Promise<T>): Promise<T> {
    const error = wouldHang();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stuck = new Promise<never>((_, reject) => {
      timer = setTimeout(() => outer.open && reject(error), stuckMs);
    });
    try {
      return await Promise.race([work, stuck]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function wouldHang(): Error {
  return new Error(
    "Asked outside of the transaction that waits for the answer: it would hang. Use `tx` here",
  );
}
