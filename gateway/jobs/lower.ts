import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { TIERS } from "../../shared/tiers.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { Tx } from "../db/mod.ts";
import { holds, loweredTo } from "./fall.ts";
import { runnerOf } from "./fleet.ts";
import { nextFairKey } from "./fair.ts";
import type { JobRow } from "./mod.ts";
import { notice, type NoticeView, publishNotices } from "./notices.ts";
import { type LaneNeed, lowerFor, onlyLower } from "./only_lower.ts";
import type { Room } from "./room.ts";
import { announce, move, type Moved } from "./state_machine.ts";

type Lane = LaneNeed & Pick<JobRow, "tenant_id">;

/** Jobs that one transaction lowers. */
const AT_ONCE = 200;
/** Milliseconds between two looks at a lane in which something may not be lowered. */
const LOOK_MS = 30_000;

/**
 * Queues what waits in these lanes a tier lower, as a submission would now: cards that can make it only so are there, and for
 * `lowerTierSeconds` none for the tier that was asked for was seen. Left as it is: work whose film would rather wait, whose tier was chosen
 * for it alone, that was paid for at its tier, that checks other work, or that waits for less long.
 */
export async function lowerWaiting(room: Room, lanes: readonly Lane[]): Promise<void> {
  for (const lane of lanes) {
    const name = `${lane.tenant_id} ${lane.pool} ${lane.place} ${lane.capability}`;
    if (!room.lowered.due(name, LOOK_MS)) continue;
    const { studio } = room;
    const roster = await studio.agents.roster(lane.tenant_id);
    const manifest = (await studio.runners.of(lane.tenant_id)).find(runnerOf(lane.capability));
    if (!manifest || !onlyLower(lane, manifest, roster)) continue;
    let after: string | null = null;
    do {
      after = await lowerSome(room, lane, { manifest, roster, after });
    } while (after !== null);
  }
}

/** Returns the last that was looked at, null when there are no more. */
async function lowerSome(
  room: Room,
  lane: Lane,
  { manifest, roster, after }: { manifest: RunnerManifest; roster: AgentRow[]; after: string | null },
): Promise<string | null> {
  const { studio } = room;
  const done = await studio.db.sql.begin(async (tx) => {
    const waiting = await tx<JobRow[]>`
      select j.* from jobs j join projects p on p.id = j.project_id
      where j.tenant_id = ${lane.tenant_id} and j.pool = ${lane.pool} and j.place = ${lane.place}
        and j.capability = ${lane.capability} and j.state = 'queued' and not j.resting
        and j.run_after <= now() - make_interval(secs => ${studio.config.lowerTierSeconds})
        and p.fallback = 'lower' and j.check_id is null and j.credits is null and j.spec->'tier_chosen' is null
        and j.spec->>'runner_version' = ${manifest.version} ${after === null ? tx`` : tx`and j.id > ${after}`}
      order by j.id limit ${AT_ONCE} for update of j skip locked`;
    const moves: Moved[] = [];
    for (const job of waiting) {
      const moved = await lowerOne(room, tx, job, { manifest, roster });
      if (moved) moves.push(moved);
    }
    const notices: { job: JobRow; notices: NoticeView[] }[] = [];
    for (
      const jobs of Map.groupBy(moves, ({ job }) => `${job.project_id} ${job.node_id} ${job.tier}`).values()
    ) {
      const [{ job }] = jobs as [Moved];
      const words = `${
        jobs.length > 1 ? `${jobs.length} takes, the first ` : ""
      }${job.title}: ${job.fallback}`;
      notices.push({ job, notices: [await notice(tx, job, "attention", words)] });
    }
    return { moves, notices, last: waiting.length < AT_ONCE ? null : waiting.at(-1)!.id };
  }) as { moves: Moved[]; notices: { job: JobRow; notices: NoticeView[] }[]; last: string | null };
  for (const { job, notices } of done.notices) publishNotices(studio, job, notices);
  if (done.moves.length) await announce(room, done.moves);
  return done.last;
}

async function lowerOne(
  { studio }: Room,
  tx: Tx,
  job: JobRow,
  { manifest, roster }: { manifest: RunnerManifest; roster: AgentRow[] },
): Promise<Moved | null> {
  const { spec } = job;
  if (spec.kind !== "generate" || !job.tier) return null;
  const tier = lowerFor(job, manifest, roster, (each) => holds(spec, manifest.tiers[each]));
  const project = tier && await studio.projects.byId(tx, job.project_id);
  if (!tier || !project) return null;
  const to = loweredTo(manifest, spec, tier);
  const asked = TIERS[job.tier_requested ?? job.tier].label;
  const why = `no card for ${TIERS[job.tier].label} was online for ${spell(studio.config.lowerTierSeconds)}`;
  // As in the lane of whoever asks for that tier now: a key of another lane's clock would be far before or behind.
  const fair_key = await nextFairKey(tx, project, { ...job, capability: to.capability });
  return await move(tx, job, {
    happening: "lower",
    sentence: `Made at ${TIERS[tier].label} instead: ${why}.`,
    set: { ...to, fair_key, fallback: `${asked} asked, made at ${TIERS[tier].label}: ${why}.` },
    // Whoever had it before would deliver another tier. A job that nobody ever had keeps its count: by that, lanes tell the time.
    endGrant: job.lease_token > 0,
  });
}

/** "5 min", "45 s", "1.5 h" */
export function spell(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
