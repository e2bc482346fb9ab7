/** Looking takes at most this part of the time, whoever looks and how often. */
const PART = 10;
/** Keys that are kept at once. */
const MOST = 500;

/**
 * An answer per key that is kept for `forMs`, or ten times as long as it took to find, whichever is longer; askers within that time share
 * one. What failed is not kept.
 */
export function createKept<T>(forMs: number): (key: string, read: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { until: number; answer: Promise<T> }>();
  return (key, read) => {
    const known = kept.get(key);
    if (known && known.until > performance.now()) return known.answer;
    if (kept.size >= MOST) kept.clear();
    const began = performance.now();
    // While it is read it is the answer, however long that takes.
    const entry = { until: Infinity, answer: read() };
    kept.set(key, entry);
    entry.answer.then(
      () => entry.until = performance.now() + Math.max(forMs, PART * (performance.now() - began)),
      () => {
        if (kept.get(key) === entry) kept.delete(key);
      },
    );
    return entry.answer;
  };
}
