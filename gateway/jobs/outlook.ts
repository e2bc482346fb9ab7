import { TIERS } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import { runnerOf } from "./fleet.ts";
import { spell } from "./lower.ts";
import type { JobRow } from "./mod.ts";
import { anyAbout, lowerFor } from "./only_lower.ts";
import type { Room } from "./room.ts";
import type { Why } from "./waiting.ts";

/** What becomes of jobs that only a lower tier is there for, by job: said before it happens (lower.ts). */
export async function outlooksOf(
  { studio }: Room,
  rows: readonly JobRow[],
  rosters: ReadonlyMap<string, AgentRow[]>,
): Promise<Map<string, string>> {
  const words = new Map<string, string | null>();
  const found: { job: JobRow; word: string }[] = [];
  for (const job of rows) {
    if (!mayBeLowered(job)) continue;
    const lane = JSON.stringify([job.tenant_id, job.pool, job.place, job.capability]);
    if (!words.has(lane)) {
      const roster = rosters.get(job.tenant_id) ?? [];
      const runner = anyAbout(job, roster)
        ? null
        : (await studio.runners.of(job.tenant_id)).find(runnerOf(job.capability));
      const tier = runner && lowerFor(job, runner, roster);
      words.set(lane, tier && wordsFor(tier, studio.config.lowerTierSeconds));
    }
    const word = words.get(lane);
    if (word) found.push({ job, word });
  }
  if (!found.length) return new Map();
  const lowers = await studio.db.sql<{ id: string }[]>`
    select id from projects where fallback = 'lower'
      and id = any(${[...new Set(found.map(({ job }) => job.project_id))]}::uuid[])`;
  const films = new Set(lowers.map(({ id }) => id));
  return new Map(
    found.filter(({ job }) => films.has(job.project_id)).map(({ job, word }) => [job.id, word]),
  );
}

/** As lower.ts chooses them, but for what their film says. */
function mayBeLowered({ state, resting, check_id, credits, spec }: JobRow): boolean {
  return state === "queued" && !resting && check_id === null && credits === null &&
    spec.kind === "generate" &&
    !spec.tier_chosen;
}

function wordsFor(tier: keyof typeof TIERS, seconds: number): string {
  return `If none is online for ${spell(seconds)}, it is made at ${TIERS[tier].label}.`;
}

export function withOutlook(why: Why | null, outlook: string | undefined): Why | null {
  return why && outlook ? { ...why, sentence: `${why.sentence.replace(/\.$/, "")}. ${outlook}` } : why;
}
