import { lfsKey } from "../objects/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";
import { DEFAULTS, type Finding, keepHouse } from "./mod.ts";

/** Keeps house once; what was found. */
export async function keep(test: TestStudio, remove: boolean): Promise<Finding[]> {
  const found = await Array.fromAsync(keepHouse(test.studio, { remove, ...DEFAULTS }));
  return found.filter((each) => each.count > 0);
}

/** As if nobody had touched any object for a month. */
export async function aMonthPasses({ studio }: TestStudio): Promise<void> {
  await studio.db.sql`update lfs_objects set touched_at = touched_at - interval '30 days'`;
  await studio.db.sql`update library_objects set touched_at = touched_at - interval '30 days'`;
}

export async function isStored({ studio }: TestStudio, project: ProjectRow, oid: string): Promise<boolean> {
  return await studio.objects.head(lfsKey(project.tenant_id, project.id, oid)) !== null;
}

export const text = (words: string) => new TextEncoder().encode(words);
