import type { Database } from "../../gateway/db/mod.ts";
import type { Stores } from "../../gateway/objects/mod.ts";

/** Where a gateway keeps things. */
export interface Live {
  db: Database;
  dataDir: string;
  objects: Stores;
}

/** Objects of the store that are looked at, moved or removed at the same time. */
export const AT_ONCE = 16;

/** Key of a studio's objects up to and with its slash: no other studio's begin with it. */
export function prefixOf(tenantId: string): string {
  return `tenants/${tenantId}/`;
}

/** Does the same with each, some at a time, and reads on only as fast as that goes. */
export async function forEach<T>(all: AsyncIterable<T>, deed: (each: T) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  let failed: { error: unknown } | null = null;
  for await (const each of all) {
    if (failed) break;
    const one: Promise<void> = deed(each).catch((error) => {
      failed ??= { error };
    }).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= AT_ONCE) await Promise.race(running);
  }
  await Promise.all(running);
  if (failed) throw (failed as { error: unknown }).error;
}
