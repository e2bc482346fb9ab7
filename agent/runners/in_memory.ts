import { createComfyClient } from "../comfyui/mod.ts";

/** What is loaded where, told to the studio with every poll: a job that needs it is preferred on a tie. */

/** By address, what was made there last: its models are still in memory. The next look must not forget it. */
const inMemory = new Map<string, string>();

export function nowLoaded(url: string, capability: string): void {
  inMemory.set(url, capability);
}

/** Its memory was freed, or its process has ended. */
export function forgetLoaded(url: string): void {
  inMemory.delete(url);
}

export function loadedAt(url: string): string[] {
  return [...inMemory].flatMap(([at, capability]) => at === url ? [capability] : []);
}

/** Frees what the others on the same card hold, before `url` loads its own. */
export async function makeRoom(url: string, onTheCard: readonly string[]): Promise<void> {
  for (const other of onTheCard.filter((each) => each !== url && inMemory.has(each))) {
    forgetLoaded(other);
    await createComfyClient({ url: other, timeoutMs: 5_000 }).free().catch(() => {});
  }
}
