import { AsyncLocalStorage } from "node:async_hooks";
import type { Sql } from "../db/mod.ts";

interface Transaction {
  open: boolean;
}

const inside = new AsyncLocalStorage<Transaction>();

/**
 * The same client, which tells `caught` of a question that is asked outside of the transaction in whose code it is asked. Embedded, it would wait for
 * its own connection for ever; on a server as many as there are connections may wait so for each other.
 */
export function watchTransactions(sql: Sql, caught: (error: Error) => void): Sql {
  const check = () => {
    if (inside.getStore()?.open) {
      caught(new Error("Asked outside of the transaction that waits for the answer; use `tx` here"));
    }
  };
  return new Proxy(sql, {
    apply(target, self, args) {
      return watched(Reflect.apply(target, self, args));
    },
    get(target, key, receiver) {
      if (key === "unsafe") return (...args: Parameters<Sql["unsafe"]>) => watched(target.unsafe(...args));
      if (key !== "begin") return Reflect.get(target, key, receiver);
      return async (...args: unknown[]) => {
        check();
        const transaction: Transaction = { open: true };
        const code = args.pop() as (tx: unknown) => unknown;
        const begin = target.begin as (...args: unknown[]) => Promise<unknown>;
        try {
          return await begin(...args, (tx: unknown) => inside.run(transaction, () => code(tx)));
        } finally {
          transaction.open = false;
        }
      };
    },
  });

  /** A fragment of another query is made the same way and never asked. */
  function watched<T>(query: T): T {
    const asked = query as { handle?(): unknown; executed?: boolean };
    const handle = asked.handle;
    if (typeof handle === "function") {
      asked.handle = function () {
        if (!asked.executed) check();
        return handle.call(this);
      };
    }
    return query;
  }
}
