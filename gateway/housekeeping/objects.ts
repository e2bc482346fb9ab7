import { join } from "@std/path";
import type { Owner } from "../lfs/mod.ts";
import { lfsKey } from "../objects/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Finding, House, Rules } from "./mod.ts";
import { namedInDatabase, namedInGit } from "./references.ts";

interface Candidate {
  oid: string;
  size: number;
  state: "pending" | "ready";
}

const EXAMPLES = 3;

/** Objects of a project that were not touched for the grace time, and that neither database nor Git names. */
export async function* unreferencedObjects(
  house: House,
  project: ProjectRow,
  rules: Rules,
): AsyncGenerator<Finding> {
  const about = `${project.tenant_slug}/${project.slug}`;
  const { sql } = house.db;
  const candidates = await sql<Candidate[]>`
    select oid, size, state from lfs_objects
    where project_id = ${project.id} and touched_at < now() - make_interval(days => ${rules.graceDays}) order by oid`;
  if (candidates.length === 0) return;
  // After the candidates: whoever refers to one from here on touches it first.
  const gitDir = join(house.config.dataDir, "repositories", project.tenant_slug, `${project.slug}.git`);
  if (!await isFolder(gitDir)) {
    yield {
      about,
      what: "objects that cannot be judged",
      count: candidates.length,
      bytes: 0,
      examples: [],
      unsure:
        `Its repository is not at ${gitDir}: mount the volume or restore it. Nothing of it was touched.`,
    };
    return;
  }
  const [inRows, inGit] = [await namedInDatabase(sql, project), await namedInGit(gitDir)];
  const unnamed = candidates.filter(({ oid }) => !inRows.has(oid) && !inGit.has(oid));
  const removed: Candidate[] = [];
  for (const each of unnamed) {
    if (!rules.remove || await removeObject(house, project, each.oid, rules)) removed.push(each);
  }
  yield findingOf(about, "objects that nothing refers to", removed.filter((each) => each.state === "ready"));
  yield findingOf(
    about,
    "uploads that were announced and never came",
    removed.filter((each) => each.state === "pending"),
  );
}

/**
 * Bytes and row together, under the row's lock: whoever announces the object, or is about to refer to it, touches the row first, and
 * so either comes before (and it stays) or waits (and finds it gone, and sends it again). False when it stays.
 */
export async function removeObject(
  { db, objects }: Pick<House, "db" | "objects">,
  project: Owner,
  oid: string,
  rules: Pick<Rules, "graceDays">,
): Promise<boolean> {
  return await db.sql.begin(async (tx) => {
    const [row] = await tx`
      select 1 from lfs_objects
      where project_id = ${project.id} and tenant_id = ${project.tenant_id} and oid = ${oid}
        and touched_at < now() - make_interval(days => ${rules.graceDays})
      for update skip locked`;
    if (!row) return false;
    await objects.delete(lfsKey(project.tenant_id, project.id, oid));
    await tx`
      delete from lfs_objects
      where project_id = ${project.id} and tenant_id = ${project.tenant_id} and oid = ${oid}`;
    return true;
  }) as boolean;
}

/** In the store, and in no row: of a project that never came to be, or a row that was lost. Only by its age in the store. */
export async function* strangeObjects(house: House, rules: Rules): AsyncGenerator<Finding> {
  const oldest = Date.now() - rules.graceDays * 24 * 3600_000;
  const found: Candidate[] = [];
  let some: Stored[] = [];
  const judge = async () => {
    for (const each of await withoutRow(house, some)) {
      if (!rules.remove || await removeStrange(house, each, oldest)) {
        found.push({ oid: each.oid, size: each.size, state: "ready" });
      }
    }
    some = [];
  };
  for await (const { key, size, modified } of house.objects.list("tenants/")) {
    const match = KEY.exec(key);
    if (!match || modified.getTime() > oldest) continue;
    some.push({ key, size, tenant_id: match[1]!, project_id: match[2]!, oid: match[3]! });
    if (some.length === 1000) await judge();
  }
  await judge();
  yield findingOf("the whole studio", "objects in the store that no project knows", found);
}

interface Stored {
  key: string;
  size: number;
  tenant_id: string;
  project_id: string;
  oid: string;
}

/** Of projects; what lies elsewhere belongs to other rooms. */
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const KEY = new RegExp(`^tenants/(${UUID})/projects/(${UUID})/lfs/../../([0-9a-f]{64})$`);

async function withoutRow({ db }: House, stored: Stored[]): Promise<Stored[]> {
  if (stored.length === 0) return [];
  const rows = await db.sql<{ project_id: string; oid: string }[]>`
    select project_id, oid from lfs_objects where oid = any(${stored.map((each) => each.oid)}::text[])`;
  const known = new Set(rows.map((row) => `${row.project_id} ${row.oid}`));
  return stored.filter((each) => !known.has(`${each.project_id} ${each.oid}`));
}

/** Under a row of its own, so that nobody announces it meanwhile; one that was just stored anew is younger now. */
async function removeStrange({ db, objects }: House, each: Stored, oldest: number): Promise<boolean> {
  return await db.sql.begin(async (tx) => {
    const [project] =
      await tx`select 1 from projects where id = ${each.project_id} and tenant_id = ${each.tenant_id}`;
    if (project) {
      const made = await tx`
        insert into lfs_objects (project_id, tenant_id, oid, size, state)
        values (${each.project_id}, ${each.tenant_id}, ${each.oid}, ${each.size}, 'pending') on conflict do nothing`;
      if (made.count === 0) return false;
    }
    for await (const { modified } of objects.list(each.key)) {
      if (modified.getTime() <= oldest) await objects.delete(each.key);
    }
    if (project) {
      await tx`delete from lfs_objects where project_id = ${each.project_id} and oid = ${each.oid}`;
    }
    return true;
  }) as boolean;
}

function findingOf(about: string, what: string, objects: Candidate[]): Finding {
  return {
    about,
    what,
    count: objects.length,
    bytes: objects.reduce((sum, each) => sum + (each.state === "ready" ? each.size : 0), 0),
    examples: objects.slice(0, EXAMPLES).map((each) => each.oid.slice(0, 12)),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}
