/** Failed attempts that one address may make in a row, and how fast they are forgiven. */
const ALLOWED = 20;
const FORGIVEN_PER_SECOND = 1 / 3;
/** Addresses remembered at most; the one longest silent is forgotten first. */
const ADDRESSES = 10_000;

/** Counts wrong credentials per client address, in memory. Right ones are never held up: addresses are shared. */
export function createAttempts(now: () => number = Date.now) {
  const failures = new Map<string, { count: number; at: number }>();
  return {
    /** Notes a failure. Seconds to wait before the next one is looked at, or 0. */
    failed(address: string): number {
      const known = failures.get(address);
      const at = now();
      const count = known ? Math.max(0, known.count - (at - known.at) / 1000 * FORGIVEN_PER_SECOND) : 0;
      if (count >= ALLOWED) return Math.ceil((count - ALLOWED + 1) / FORGIVEN_PER_SECOND);
      // Set anew, so that the map's order is that of the last failure.
      failures.delete(address);
      failures.set(address, { count: count + 1, at });
      if (failures.size > ADDRESSES) failures.delete(failures.keys().next().value!);
      return 0;
    },
  };
}
