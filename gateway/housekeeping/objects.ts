import { keyOf, type Owner, tablesOf } from "../lfs/mod.ts";
import type { Finding, House, Keeper, Rules } from "./mod.ts";
import { namedInDatabase, namedInGit } from "./references.ts";

export interface Candidate {
  oid: string;
  size: number;
  state: "pending" | "ready";
}

const EXAMPLES = 3;

/** Objects of a project or library that were not touched for the grace time, and that neither database nor Git names. */
export async function* unreferencedObjects(
  house: House,
  keeper: Keeper,
  rules: Rules,
): AsyncGenerator<Finding> {
  const { about, gitDir } = keeper;
  const { sql } = house.db;
  const { objects, owner } = tablesOf(sql, keeper);
  const candidates = await sql<Candidate[]>`
    select oid, size, state from ${objects}
    where ${owner} = ${keeper.id} and touched_at < now() - make_interval(days => ${rules.graceDays}) order by oid`;
  if (candidates.length === 0) return;
  // After the candidates: whoever refers to one from here on touches it first.
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
  const [inRows, inGit] = [await namedInDatabase(sql, keeper), await namedInGit(gitDir)];
  const unnamed = candidates.filter(({ oid }) => !inRows.has(oid) && !inGit.has(oid));
  const removed: Candidate[] = [];
  for (const each of unnamed) {
    if (!rules.remove || await removeObject(house, keeper, each.oid, rules)) removed.push(each);
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
async function removeObject(house: House, of: Owner, oid: string, rules: Rules): Promise<boolean> {
  return await house.db.sql.begin(async (tx) => {
    const { objects, owner } = tablesOf(tx, of);
    const [row] = await tx`
      select 1 from ${objects}
      where ${owner} = ${of.id} and tenant_id = ${of.tenant_id} and oid = ${oid}
        and touched_at < now() - make_interval(days => ${rules.graceDays})
      for update skip locked`;
    if (!row) return false;
    await house.objects.delete(keyOf(of, oid));
    await tx`delete from ${objects} where ${owner} = ${of.id} and tenant_id = ${of.tenant_id} and oid = ${oid}`;
    return true;
  }) as boolean;
}

export function findingOf(about: string, what: string, objects: Candidate[]): Finding {
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
