import { abandonedScratch } from "../archive/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { abandonedRepositories } from "./repositories.ts";
import { strangeObjects, unreferencedObjects } from "./objects.ts";
import { oldRows } from "./rows.ts";
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
  const projects = await house.db.sql<ProjectRow[]>`
    select p.*, t.slug as tenant_slug from projects p join tenants t on t.id = p.tenant_id order by t.slug, p.slug`;
  for (const project of projects) yield* unreferencedObjects(house, project, bounded);
  yield* strangeObjects(house, bounded);
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

export { inWords } from "./words.ts";
export { startHousekeeping } from "./periodic.ts";
