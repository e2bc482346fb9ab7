import { join } from "@std/path";

/** How long a gateway that is just ending may still hold its folder, ms. */
const GRACE_MS = 3000;

/**
 * Holds an embedded database's folder for this process: two in one folder would destroy it. The operating system lets go when
 * the process ends, however it ends.
 */
export async function lockFolder(dataDir: string): Promise<Disposable> {
  const path = join(dataDir, "database.lock");
  const file = await Deno.open(path, { create: true, write: true, read: true, mode: 0o600 });
  const until = Date.now() + GRACE_MS;
  while (!await file.tryLock(true)) {
    if (Date.now() > until) {
      file.close();
      throw new FolderInUse(
        `Another gateway uses the embedded database in ${dataDir}. Stop it, set STUDIO_DATA to another folder, ` +
          "or let both use one PostgreSQL by DATABASE_URL.",
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { [Symbol.dispose]: () => file.close() };
}

export class FolderInUse extends Error {
  override name = "FolderInUse";
}
