import { join } from "@std/path";
import { pause } from "../lease/backoff.ts";
import { UsageError } from "../config.ts";

/**
 * One process per data folder: two would free each other's leases. The system drops the lock with the process, however
 * it ends. Waits up to `waitMs` for one that is just leaving.
 */
export async function lockDataDir(dataDir: string, waitMs = 10_000): Promise<Disposable> {
  Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = await Deno.open(join(dataDir, "lock"), { create: true, write: true });
  const until = Date.now() + waitMs;
  while (!await file.tryLock(true)) {
    if (Date.now() >= until) {
      file.close();
      throw new UsageError(
        `Another agent already runs with ${dataDir}. Stop it, or give this one its own folder with --data.`,
      );
    }
    await pause(200);
  }
  return { [Symbol.dispose]: () => file.close() };
}

/** Whether an agent runs with this folder now. */
export async function isLocked(dataDir: string): Promise<boolean> {
  try {
    using file = await Deno.open(join(dataDir, "lock"), { write: true });
    return !await file.tryLock(true);
  } catch {
    return false;
  }
}
