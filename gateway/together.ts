/** One who asked, until it is settled. */
export interface Asking<A, R> extends Pick<PromiseWithResolvers<R>, "resolve" | "reject"> {
  ask: A;
}

/**
 * Questions that come while an answer is awaited are answered together, by the next one: whoever is alone does not wait, and a rush costs
 * the database a few statements instead of one for each. No answer is older than its question.
 *
 * `work` settles each by itself; what it leaves, or all when it throws, is rejected. It runs as whoever began it, in a scope and trace that
 * mean nothing for the others.
 */
export function together<A, R>(
  work: (asking: Asking<A, R>[]) => Promise<void>,
  { most, idle }: {
    /** Questions that are answered at once. */
    most: number;
    /** Nobody asks any more. */
    idle?: () => void;
  },
): (ask: A) => Promise<R> {
  let waiting: Asking<A, R>[] = [];
  let at = false;

  async function answer(): Promise<void> {
    // Whatever else this turn of the event loop brings comes along.
    await Promise.resolve();
    while (waiting.length) {
      const asking = waiting.slice(0, most);
      waiting = waiting.slice(most);
      let why: unknown = new Error("It was asked and not answered");
      try {
        await work(asking);
      } catch (error) {
        why = error;
      }
      for (const each of asking) each.reject(why);
    }
    at = false;
    idle?.();
  }

  return (ask) => {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    waiting.push({ ask, resolve, reject });
    if (!at) {
      at = true;
      void answer();
    }
    return promise;
  };
}
