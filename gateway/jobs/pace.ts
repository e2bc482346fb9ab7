/** Lets something through once in a while, per name. */
export interface Pace {
  due(name: string, everyMs: number): boolean;
}

/** Names after which it is worth looking for old ones. */
const MANY = 1000;

export function createPace(now: () => number = () => performance.now()): Pace {
  const last = new Map<string, number>();
  return {
    due(name, everyMs) {
      const at = now();
      const before = last.get(name);
      if (before !== undefined && at - before < everyMs) return false;
      if (last.size >= MANY) {
        for (const [each, when] of last) if (at - when >= everyMs) last.delete(each);
      }
      last.set(name, at);
      return true;
    },
  };
}
