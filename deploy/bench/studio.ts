import { composeStudio, type OpenStudio } from "../../gateway/compose.ts";
import { parseConfig } from "../../gateway/config.ts";
import { openDatabase } from "../../gateway/db/mod.ts";
import { createLog } from "../../gateway/http/mod.ts";
import type { Taker } from "../../gateway/jobs/mod.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import { CreateProject } from "../../shared/api/project.ts";
import { uuidv7 } from "../../shared/ids.ts";

/** What the agent of the bench can do, and what stands before it in the queue, asked for more urgently. */
const ABLE = ["flux-image@low", "flux-image@standard", "wan-video@low", "animatic@standard"];
const UNABLE = ["flux-image@high", "wan-video@high", "ltx-video@high", "kontext@high", "flexiact@high"];

/** A real gateway on a database of its own, with one agent whose queue can be filled. */
export interface BenchStudio extends AsyncDisposable {
  studio: OpenStudio;
  project: ProjectRow;
  takers: Taker[];
  /** Empties the queue and puts `total` jobs into it, of which `able` can be done by the agent. */
  fill(total: number, able: number): Promise<void>;
  /** Puts all that were leased back into the queue. */
  rewind(): Promise<void>;
  /** So many registered agents beside the first, all online and polling for other things. */
  register(agents: number): Promise<void>;
}

export async function openBenchStudio(databaseUrl: string, workers: number): Promise<BenchStudio> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-bench-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const config = parseConfig({
    STUDIO_DATA: dataDir,
    DATABASE_URL: databaseUrl,
    LEASE_SECONDS: "600",
    PUBLIC_URL: "http://127.0.0.1",
  });
  const log = createLog({ level: "error", terminal: false });
  // As many connections as workers, as the peers have.
  const db = opened.use(await openDatabase({ url: databaseUrl, dataDir: null, connections: workers + 4 }));
  const studio = opened.use(await composeStudio(config, log, { db }));
  await studio.auth.firstStart();
  const { sql } = studio.db;
  const [owner] = await sql<{ id: string; name: string; tenant_id: string; slug: string }[]>`
    select u.id, u.name, u.tenant_id, t.slug from users u join tenants t on t.id = u.tenant_id limit 1`;
  const project = await studio.projects.create({
    kind: "user",
    tenant_id: owner!.tenant_id,
    tenant_slug: owner!.slug,
    user_id: owner!.id,
    name: owner!.name,
    role: "owner",
    via: "access",
    scopes: null,
  }, CreateProject.parse({ title: "Bench" }));
  await studio.git.settle(project.id);

  const tower = await addAgents(studio, project.tenant_id, 1, ABLE);
  const takers = Array.from({ length: workers }, (_, index): Taker => ({
    agent_id: tower,
    agent_name: "Tower",
    tenant_id: project.tenant_id,
    boot_id: uuidv7(),
    pools: ["default"],
    ram_mb: 131_072,
    disk_free_mb: 500_000,
    suspended: [],
    slot: { slot: `gpu${index}`, name: "Card", vram_mb: 16_384, capabilities: ABLE },
    loaded: [],
  }));
  const stack = opened.move();
  return {
    studio,
    project,
    takers,
    async fill(total, able) {
      await sql`truncate jobs, job_events, outbox restart identity cascade`;
      await insert(studio, project, total - able, UNABLE, 24_576, 8);
      await insert(studio, project, able, ABLE, 12_288, 4);
      await sql`vacuum analyze jobs`;
    },
    async rewind() {
      await sql`
        update jobs set state = 'queued', lease_until = null, lease_token = 0, lease_agent = null, attempt = 0
        where state = 'leased'`;
      await sql`truncate job_events restart identity`;
      await sql`vacuum jobs`;
    },
    async register(agents) {
      await addAgents(studio, project.tenant_id, agents, UNABLE);
      await sql`vacuum analyze agents`;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function insert(
  { db }: OpenStudio,
  project: ProjectRow,
  count: number,
  capabilities: string[],
  vramMb: number,
  priority: number,
): Promise<void> {
  if (count <= 0) return;
  const spec = {
    kind: "generate",
    runner: "flux-image",
    runner_version: "1.0.0",
    tier: "standard",
    output: "image",
    params: { prompt: "The keeper trims the wick while the storm comes in over the bay", seed: 1, steps: 20 },
    inputs: [],
    fps: project.fps,
    width: 1280,
    height: 720,
    timecode_start: 86_400,
    title: "Lamp room",
  };
  await db.sql`
    insert into jobs (id, tenant_id, project_id, pool, kind, node_id, title, runner, tier_requested, tier, capability, vram_mb,
      fit, priority, fair_key, state, spec, take)
    select gen_random_uuid(), ${project.tenant_id}, ${project.id}, 'default', 'generate', 'still', 'Lamp room, take ' || n,
      split_part(c.name, '@', 1), 'high', split_part(c.name, '@', 2), c.name, ${vramMb}::int, ${vramMb}::int / 1024,
      ${priority}::int, n * 60, 'queued',
      ${db.sql.json(spec as never)}::jsonb || jsonb_build_object('reel', 'T' || lpad(n::text, 7, '0'),
        'take', jsonb_build_object('shot', 'STILL', 'version', 1, 'take', n, 'name', 'STILL_v01_take' || n)),
      jsonb_build_object('shot', 'STILL', 'version', 1, 'take', n, 'name', 'STILL_v01_take' || n)
    from generate_series(10, ${count}::int + 9) n
    cross join lateral (select (${capabilities}::text[])[1 + n % ${capabilities.length}::int] as name) c`;
}

/** The id of the first of them. */
async function addAgents(
  { db }: OpenStudio,
  tenantId: string,
  count: number,
  capabilities: string[],
): Promise<string> {
  const facts = {
    os: "linux",
    agent_version: "0",
    comfyui_version: "0.3.64",
    driver: "550",
    ram_mb: 131_072,
    disk_free_mb: 500_000,
    slots: [{ slot: "gpu0", name: "Card", vram_mb: 16_384, capabilities }],
    cannot: [],
  };
  const [row] = await db.sql<{ id: string }[]>`
    insert into agents (id, tenant_id, name, pools, facts, boot_id, last_seen_at)
    select gen_random_uuid(), ${tenantId}, 'Agent ' || gen_random_uuid(), '{default}', ${
    db.sql.json(facts as never)
  }, gen_random_uuid(),
      now() + interval '1 day'
    from generate_series(1, ${count}::int) n returning id`;
  return row!.id;
}
