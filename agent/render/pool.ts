/**
 * Calls `work` for each, at most `width` at a time; the results in order. The first error ends the rest: the others
 * are told by the signal they get, and waited for, so that nothing runs on behind its back.
 */
export async function inParallel<T, R>(
  all: readonly T[],
  width: number,
  work: (each: T, signal: AbortSignal, index: number) => Promise<R>,
  signal: AbortSignal,
): Promise<R[]> {
  signal.throwIfAborted();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const results = new Array<R>(all.length);
  let next = 0;
  const worker = async () => {
    while (next < all.length && !either.aborted) {
      const index = next++;
      results[index] = await work(all[index]!, either, index);
    }
  };
  const workers = Array.from(
    { length: Math.min(Math.max(1, width), all.length) },
    () =>
      worker().catch((error) => {
        if (!failed.signal.aborted) failed.abort(error);
      }),
  );
  await Promise.all(workers);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return results;
}

/** Runs both, each told when the other has failed; the first error is the one that counts. */
export async function both<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const [a, b] = await inParallel<(signal: AbortSignal) => Promise<unknown>, unknown>(
    [first, second],
    2,
    (each, signal) => each(signal),
    signal,
  );
  return [a as A, b as B];
}
