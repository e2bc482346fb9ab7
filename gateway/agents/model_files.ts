import type { Studio } from "../studio.ts";
import { tellOperators } from "./tell.ts";

type Digests = Readonly<Record<string, string>>;

/** Files told of at once: a machine whose whole folder differs is one thing to look at. */
const MOST = 5;

/**
 * A machine has fetched model files. Whose bytes are not those that other machines of the studio have, whoever looks after the machines
 * hears of: takes of the two differ, and one of them may be damaged, or not what its name says.
 */
export async function tellOtherFiles(
  studio: Studio,
  agent: { id: string; tenant_id: string; name: string },
  { before = {}, now = {} }: { before?: Digests | undefined; now?: Digests | undefined },
): Promise<void> {
  const fresh = Object.entries(now).filter(([key, digest]) => before[key] !== digest);
  if (!fresh.length) return;
  const rows = await studio.db.sql<{ key: string; sha256: string; names: string[] }[]>`
    select told.key, told.value as sha256, array_agg(a.name order by a.name) as names
    from agents a
    cross join lateral jsonb_each_text(a.facts->'models') told
    join unnest(${fresh.map(([key]) => key)}::text[], ${fresh.map(([, digest]) => digest)}::text[])
      as mine (key, sha256) on mine.key = told.key and mine.sha256 <> told.value
    where a.tenant_id = ${agent.tenant_id} and a.id <> ${agent.id} and a.removed_at is null
    group by told.key, told.value order by count(*) desc, told.key limit ${MOST}`;
  for (const { key, sha256, names } of rows) {
    await tellOperators(studio, agent, {
      about: `model ${key}`,
      level: "attention",
      sentence: `${key} on ${agent.name} is not the file that ${listed(names)} ${
        names.length === 1 ? "has" : "have"
      }: its SHA-256 begins with ${now[key]!.slice(0, 12)}, theirs with ${
        sha256.slice(0, 12)
      }. Compare both with what its maker states, and fetch it anew where it is wrong.`,
    });
  }
}

function listed(names: readonly string[]): string {
  const [first, second, ...more] = names;
  if (!second) return first!;
  return more.length ? `${first}, ${second} and ${more.length} more` : `${first} and ${second}`;
}
