import { type Taker, wakes } from "../../gateway/jobs/mod.ts";
import type { JobRow } from "../../gateway/jobs/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import type { OpenStudio } from "../../gateway/compose.ts";
import type { UserPrincipal } from "../../gateway/auth/mod.ts";
import { CreateProject } from "../../shared/api/project.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import { takeName } from "../../shared/takes/name.ts";
import { clockOf } from "./clock.ts";
import { type Card, CPU_RUNNER, type Load } from "./load.ts";
import { needOf } from "./measure.ts";
import type { Policy, Work } from "./policy.ts";

/** Fewest bytes that are a PNG. */
const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0),
);

/** Seconds of the day between two sweeps while work is asked for. */
const SWEEP_S = 120;

interface Film {
  row: ProjectRow;
  file: Pointer;
}

/** The studio's own way: real rooms, a real database, each decision by the statement that decides it for real agents. */
export async function gatewayPolicy(studio: OpenStudio, owner: UserPrincipal, load: Load): Promise<Policy> {
  const clock = clockOf(studio.db);
  const films: Film[] = [];
  for (const { title, trust, pools } of load.films) {
    const made = await studio.projects.create(owner, CreateProject.parse({ title }));
    const row = await studio.projects.update(made, { trust, pools }, owner.name);
    films.push({ row, file: await studio.lfs.store(row, PNG) });
  }
  const takers = new Map<Card, Taker>();
  for (const card of load.cards) takers.set(card, await join(studio, owner.tenant_id, card));
  const cardOf = new Map([...takers].map(([card, taker]) => [taker, card]));
  let swept = -Infinity;
  const works = new Map<string, Work>();
  const jobs = new Map<Work, JobRow>();
  const of = (work: Work) => {
    const job = jobs.get(work)!;
    return { agent: job.lease_agent!, lease: `${job.id}.${job.lease_token}` };
  };

  return {
    name: "the studio",
    at(second) {
      clock.time = second;
    },
    async ask(asked) {
      await clock.tell();
      for (const [film, together] of Map.groupBy(asked, (work) => films[work.film]!)) {
        const made = await studio.db.sql.begin(async (tx) => {
          const rows: JobRow[] = [];
          for (const work of together) rows.push(await insert(studio, tx, film, work, owner));
          return rows;
        }) as JobRow[];
        for (const [index, job] of made.entries()) {
          works.set(job.id, together[index]!);
          jobs.set(together[index]!, job);
          const { only } = together[index]!;
          if (only.length) {
            await studio.jobs.setPlacement(film.row, owner, {
              job_id: job.id,
              only: only.map((each) => takers.get(load.cards[each]!)!.agent_id),
              never: [],
            });
          }
        }
        await studio.jobs.announce(made);
      }
      // As the sweeper does all the time; more often would show nothing.
      if (clock.time - swept >= SWEEP_S) {
        swept = clock.time;
        await studio.jobs.sweep();
      }
    },
    wake(work, waiting) {
      const taker = wakes(waiting.map((card) => takers.get(card)!), jobs.get(work)!);
      return taker && cardOf.get(taker)!;
    },
    async take(card) {
      await clock.tell();
      const job = await studio.jobs.take(takers.get(card)!);
      if (!job) return null;
      const work = works.get(job.id)!;
      jobs.set(work, job);
      // A tier lower after it ran out of memory: that is what the card must hold now.
      work.tier = job.tier!;
      work.capability = job.capability;
      takers.get(card)!.loaded = [job.capability];
      return work;
    },
    async succeed(_card, work, seconds) {
      await clock.tell();
      const { agent, lease } = of(work);
      const { file } = films[work.film]!;
      await studio.jobs.complete(agent, lease, {
        file: { oid: file.oid, size: file.size, extension: "png" },
        media: { format: "png", width: 1, height: 1, frames: 1, audio: false },
        made_with: {},
        seconds,
      });
    },
    async fail(_card, work, error) {
      await clock.tell();
      const { agent, lease } = of(work);
      const job = await studio.jobs.fail(agent, lease, { class: error, message: "It went wrong." });
      jobs.set(work, job);
      if (!job.resting) return { restS: 0 };
      const [{ rest }] = await studio.db.sql<[{ rest: number }]>`
        select extract(epoch from run_after - now())::float8 as rest from jobs where id = ${job.id}`;
      return { restS: Math.max(1, rest) };
    },
    async handBack(_card, work) {
      await clock.tell();
      const { agent, lease } = of(work);
      jobs.set(work, await studio.jobs.release(agent, lease, "the machine is reclaimed"));
    },
    async rested() {
      await clock.tell();
      await studio.jobs.sweep();
    },
    async leave(card) {
      await clock.tell();
      const taker = takers.get(card)!;
      await studio.agents.update(owner.tenant_id, taker.agent_id, { draining: true });
      await studio.jobs.sweep();
    },
    async come(card) {
      await clock.tell();
      const taker = takers.get(card)!;
      taker.boot_id = uuidv7();
      taker.loaded = [];
      await studio.agents.openSession(taker.agent_id, { boot_id: taker.boot_id, facts: factsOf(card) });
      await studio.agents.update(owner.tenant_id, taker.agent_id, { draining: false });
      await studio.jobs.sweep();
    },
  };
}

function factsOf(card: Card) {
  return {
    os: "linux",
    agent_version: "0",
    comfyui_version: "0.3.64",
    driver: null,
    ram_mb: 131_072,
    disk_free_mb: 1_000_000,
    slots: [{
      slot: "gpu0",
      name: `${card.gb} GB card`,
      vram_mb: card.vram_mb,
      capabilities: card.capabilities,
    }],
    cannot: [],
  };
}

async function join(studio: OpenStudio, tenantId: string, card: Card): Promise<Taker> {
  const facts = factsOf(card);
  const taker: Taker = {
    agent_id: uuidv7(),
    agent_name: card.name,
    tenant_id: tenantId,
    boot_id: uuidv7(),
    pools: card.pools,
    ram_mb: facts.ram_mb,
    disk_free_mb: facts.disk_free_mb,
    suspended: [],
    trust: card.trust,
    slot: facts.slots[0]!,
    loaded: [],
  };
  await studio.db.sql`
    insert into agents (id, tenant_id, name, pools, trust, facts, boot_id, last_seen_at) values
      (${taker.agent_id}, ${tenantId}, ${card.name}, ${card.pools}, ${card.trust},
       ${studio.db.sql.json(facts as never)}, ${taker.boot_id}, now())`;
  return taker;
}

async function insert(
  studio: OpenStudio,
  tx: Parameters<OpenStudio["jobs"]["insert"]>[0],
  { row }: Film,
  work: Work,
  owner: UserPrincipal,
): Promise<JobRow> {
  const take = { shot: `SHOT-${work.nth}`, version: 1, take: 1 };
  const named = { ...take, name: takeName(take) };
  const manifest = studio.runners.find(work.runner)!;
  const at = manifest.tiers[work.tier]!;
  return await studio.jobs.insert(tx, row, {
    kind: "generate",
    node_id: `node-${work.nth}`,
    title: named.name,
    runner: work.runner,
    tier_requested: work.tier,
    tier: work.tier,
    fallback: null,
    capability: work.capability,
    vram_mb: work.runner === CPU_RUNNER ? 0 : needOf(work),
    ram_mb: at.ram_mb,
    disk_mb: at.disk_mb,
    priority: work.priority,
    max_run_s: 30 * 86_400,
    cost_s: Math.round(work.expected_s),
    spec: {
      kind: "generate",
      runner: work.runner,
      runner_version: manifest.version,
      tier: work.tier,
      output: "image",
      take: named,
      params: { prompt: "A lamp in fog", seed: 1, width: 1024, height: 1024 },
      inputs: [],
      fps: row.fps,
      width: 1024,
      height: 1024,
      timecode_start: 0,
      reel: `T${work.nth.toString(36).toUpperCase().padStart(7, "0")}`,
      title: named.name,
    },
    take: named,
    created_by: owner.name,
  });
}
