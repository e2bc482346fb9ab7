import { join } from "@std/path";
import { abandonedScratch } from "../archive/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import { LIBRARY_SLUG } from "../library/mod.ts";
import type { Studio } from "../studio.ts";
import { brokenOff } from "./broken_off.ts";
import { abandonedRepositories } from "./repositories.ts";
import { leftStores } from "./left.ts";
import { unreferencedObjects } from "./objects.ts";
import { oldRows } from "./rows.ts";
import { strangeObjects } from "./strange.ts";
import { unfinishedUploads } from "./uploads.ts";

/** The rooms that are looked at. */
export type House = Pick<Studio, "db" | "objects" | "config">;

export interface Rules {
  /** False: a look, which changes nothing. */
  remove: boolean;
  /** Days after its last touch that an object, or an upload, is kept though nothing refers to it. At least 2. */
  graceDays: number;
  /** Days that rows of finished work are kept; links, sessions and what Git was told a third of that. At least 7. */
  keepDays: number;
}

/** Something that is in nobody's use any more. */
export interface Finding {
  /** `<studio>/<project>`, or the whole. */
  about: string;
  /** "objects that nothing refers to" */
  what: string;
  count: number;
  /** Null: rows of the database, whose bytes nobody counts. */
  bytes: number | null;
  /** Some of them by name. */
  examples: string[];
  /** Cannot be judged, so nothing of it is touched: why, and what to do. */
  unsure?: string;
}

export const DEFAULTS = { graceDays: 14, keepDays: 90 } as const;
export const WHOLE = "the whole studio";

/**
 * Finds what nothing uses any more, and with `remove` takes it away. While it runs, people and agents may go on: an object that is
 * announced, verified or referred to meanwhile is kept.
 */
export async function* keepHouse(house: House, rules: Rules): AsyncGenerator<Finding> {
  const bounded = {
    ...rules,
    graceDays: Math.max(2, rules.graceDays),
    keepDays: Math.max(7, rules.keepDays),
  };
  for (const keeper of await keepers(house)) {
    yield* unreferencedObjects(house, keeper, bounded);
    yield await brokenOff(keeper, bounded);
  }
  yield* strangeObjects(house, bounded);
  yield* leftStores(house, bounded);
  yield* unfinishedUploads(house, bounded);
  yield* abandonedRepositories(house, bounded);
  const scratch = await abandonedScratch(house.config.dataDir, bounded);
  yield {
    about: WHOLE,
    what: "folders of imports and exports that never ended",
    count: scratch.length,
    bytes: scratch.reduce((sum, each) => sum + each.bytes, 0),
    examples: scratch.map((each) => each.path),
  };
  yield* oldRows(house, bounded);
}

/** Whoever has objects and a repository that says which of them it needs: projects, and each studio's library. */
export interface Keeper extends Owner {
  /** `<studio>/<project>` */
  about: string;
  gitDir: string;
}

async function keepers({ db, config }: House): Promise<Keeper[]> {
  const projects = await db.sql<(Owner & { tenant: string; slug: string })[]>`
    select p.id, p.tenant_id, p.slug, t.slug as tenant from projects p join tenants t on t.id = p.tenant_id
    order by t.slug, p.slug`;
  const libraries = await db.sql<(Owner & { tenant: string })[]>`
    select l.id, l.tenant_id, t.slug as tenant from libraries l join tenants t on t.id = l.tenant_id order by t.slug`;
  const all = [
    ...projects,
    ...libraries.map((row) => ({ ...row, slug: LIBRARY_SLUG, kind: "library" as const })),
  ];
  return all.map(({ tenant, slug, ...owner }) => ({
    ...owner,
    about: `${tenant}/${slug}`,
    gitDir: join(config.dataDir, "repositories", tenant, `${slug}.git`),
  }));
}

export { inWords } from "./words.ts";
export { startHousekeeping } from "./periodic.ts";
