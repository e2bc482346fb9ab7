import { join } from "@std/path";
import { importOf } from "../git/mod.ts";
import { type Finding, type House, type Rules, WHOLE } from "./mod.ts";

/** Longer than any import takes. */
const ABANDONED_MS = 24 * 3600_000;

/** Repositories of imports whose project never came to be, and of projects that were never made whole. */
export async function* abandonedRepositories(house: House, rules: Rules): AsyncGenerator<Finding> {
  const root = join(house.config.dataDir, "repositories");
  const found: string[] = [];
  for (const tenant of await folders(root)) {
    for (const name of await folders(join(root, tenant))) {
      const path = join(root, tenant, name);
      const { mtime } = await Deno.stat(path);
      if (!mtime || Date.now() - mtime.getTime() < ABANDONED_MS) continue;
      if (!name.startsWith(".making-") && !await isNobodys(house, path)) continue;
      if (rules.remove) await Deno.remove(path, { recursive: true });
      found.push(path);
    }
  }
  yield {
    about: WHOLE,
    what: "repositories of projects that never came to be",
    count: found.length,
    bytes: null,
    examples: found.slice(0, 3),
  };
}

/** Only one that says itself that it was brought in for a project, and whose project is not there. */
async function isNobodys({ db }: House, path: string): Promise<boolean> {
  const id = await importOf(path);
  if (id === null) return false;
  const [project] = await db.sql`select 1 from projects where id::text = ${id}`;
  return project === undefined;
}

async function folders(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter((entry) => entry.isDirectory).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
