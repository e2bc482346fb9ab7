import { join } from "@std/path";
import type { z } from "zod";
import { type CanvasNode, Graph } from "../../shared/canvas/graph.ts";
import type { Slot } from "../../shared/agents/protocol.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { capabilityOf, type RunnerManifest } from "../../shared/runners/manifest.ts";
import type { Tier } from "../../shared/tiers.ts";
import type { Agents } from "../agents/mod.ts";
import { composeStudio } from "../compose.ts";
import { openDatabase } from "../db/mod.ts";
import { createLog } from "../http/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Studio } from "../studio.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import type { JobRow, NewJob, Taker } from "./mod.ts";
import { gib, GRAPH, RUNNERS } from "./testing_runners.ts";

/** A whole studio with the runners of testing_runners.ts. The sweeper keeps quiet: tests sweep when they want to. */
export async function openJobStudio(env: Record<string, string> = {}): Promise<TestStudio> {
  const folder = await Deno.makeTempDir({ prefix: "job-runners-" });
  for (const runner of RUNNERS) {
    await Deno.mkdir(join(folder, runner.id!), { recursive: true });
    await Deno.writeTextFile(join(folder, runner.id!, "runner.json"), JSON.stringify(runner));
    await Deno.writeTextFile(join(folder, runner.id!, "graph.json"), JSON.stringify(GRAPH));
  }
  const studio = await openTestStudio({
    env: { RUNNERS_DIR: folder, LEASE_SECONDS: "600", HEARTBEAT_SECONDS: "15", ...env },
  });
  return {
    ...studio,
    async [Symbol.asyncDispose]() {
      await studio[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Puts nodes (and wires `source.port -> target.port`) on a project's canvas. */
export async function draw(
  { studio }: TestStudio,
  project: ProjectRow,
  nodes: (Partial<CanvasNode> & { id: string; type: CanvasNode["type"] })[],
  wires: [source: string, sourcePort: string, target: string, targetPort: string][] = [],
): Promise<void> {
  const graph = Graph.parse({
    nodes: nodes.map((node) => ({
      title: node.id,
      position: { x: 0, y: 0 },
      ...(["generate_image", "edit_image", "kontext", "shot"].includes(node.type)
        ? { shot: node.id.toUpperCase().replaceAll("_", "-"), prompt: "a lamp" }
        : {}),
      ...node,
    })),
    edges: wires.map(([source, source_port, target, target_port], index) => ({
      id: `e${index}`,
      source,
      source_port,
      target,
      target_port,
    })),
  });
  await studio.canvas.put(project, graph, { by: "test" });
}

/** Between the next submission's reading of the canvas and its queueing, this is done; not by asking the same gateway, which takes its turn. */
export function meanwhile({ studio }: TestStudio, work: () => Promise<unknown>): void {
  const { takes } = studio;
  const { reserveTakes } = takes;
  takes.reserveTakes = async (...wanted) => {
    takes.reserveTakes = reserveTakes;
    await work();
    return await reserveTakes(...wanted);
  };
}

/** Another gateway of the same studio, on the same database. */
export async function openNeighbour(test: TestStudio): Promise<Studio & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const { databaseUrl: url, studio: { db, config } } = test;
  // The embedded database has one connection, which they share.
  const own = url ? opened.use(await openDatabase({ url, dataDir: null, connections: 4 })) : db;
  const there = opened.use(await composeStudio({ ...config }, createLog({ write: () => {} }), { db: own }));
  const stack = opened.move();
  return { ...there, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Queues jobs directly, as other rooms do. */
export async function queue(
  { studio }: TestStudio,
  project: ProjectRow,
  options: {
    count?: number;
    runner?: string;
    tier?: Tier;
    priority?: number;
    cost_s?: number;
    needs?: string[];
    title?: string;
  } = {},
): Promise<JobRow[]> {
  const runner = studio.runners.find(options.runner ?? "flux-image") as RunnerManifest;
  const tier = options.tier ?? "standard";
  const at = runner.tiers[tier]!;
  const rows = await studio.db.sql.begin(async (tx) => {
    const made: JobRow[] = [];
    for (let i = 0; i < (options.count ?? 1); i++) {
      const [number] = await studio.takes.reserve(tx, project, "STILL", { count: 1, versionUp: false });
      const take = { ...number!, name: `STILL_v01_take${String(number!.take).padStart(2, "0")}` };
      const job: NewJob = {
        kind: "generate",
        node_id: "still",
        title: options.title ?? take.name,
        runner: runner.id,
        tier_requested: tier,
        tier,
        fallback: null,
        capability: capabilityOf(runner.id, tier),
        vram_mb: at.vram_mb,
        ram_mb: at.ram_mb,
        disk_mb: at.disk_mb,
        priority: options.priority ?? 4,
        max_run_s: 3600,
        cost_s: options.cost_s ?? 60,
        spec: {
          kind: "generate",
          runner: runner.id,
          runner_version: "1.0.0",
          tier,
          output: runner.output,
          take,
          params: { prompt: "a lamp", seed: 1, width: 1024, height: 1024 },
          inputs: [],
          fps: project.fps,
          width: 1024,
          height: 1024,
          timecode_start: 0,
          reel: `T${String(number!.take).padStart(7, "0")}`,
          title: take.name,
        },
        take,
        created_by: "Test owner",
        ...(options.needs ? { needs: options.needs } : {}),
      };
      made.push(await studio.jobs.insert(tx, project, job));
    }
    return made;
  }) as JobRow[];
  await studio.jobs.announce(rows);
  return rows;
}

/** An agent row of its own and its slot as leasing sees it. It is online until its studio closes. */
export async function addTaker(
  { studio, owner }: TestStudio,
  options: Partial<Omit<Taker, "slot">> & { vram_mb?: number; capabilities?: string[] } = {},
): Promise<Taker> {
  const slot: z.infer<typeof Slot> = {
    slot: "gpu0",
    name: "Test card",
    vram_mb: options.vram_mb ?? 24 * gib,
    capabilities: options.capabilities ?? ["flux-image@low", "flux-image@standard", "flux-image@high"],
  };
  const taker: Taker = {
    agent_id: uuidv7(),
    agent_name: options.agent_name ?? "Tower",
    tenant_id: owner.tenant_id,
    boot_id: uuidv7(),
    pools: options.pools ?? ["default"],
    ram_mb: options.ram_mb ?? 128 * gib,
    disk_free_mb: options.disk_free_mb ?? 500 * gib,
    suspended: options.suspended ?? [],
    slot,
    loaded: options.loaded ?? [],
  };
  const { sql } = studio.db;
  const facts = {
    os: "linux",
    agent_version: "0",
    comfyui_version: null,
    driver: null,
    ram_mb: taker.ram_mb,
    disk_free_mb: taker.disk_free_mb,
    slots: [slot],
    cannot: [],
  };
  await sql`
    insert into agents (id, tenant_id, name, pools, facts, boot_id, last_seen_at) values
      (${taker.agent_id}, ${taker.tenant_id}, ${taker.agent_name}, ${taker.pools}::text[],
       ${sql.json(facts as never)}, ${taker.boot_id}, now() + interval '1 hour')`;
  await forgetRoster(studio);
  return taker;
}

/** The roster is kept for a second; after a change behind its back a test waits for a fresh one. */
export async function forgetRoster(
  { agents, db }: { agents: Agents; db: TestStudio["studio"]["db"] },
): Promise<void> {
  const tenants = await db.sql<{ id: string }[]>`select id from tenants`;
  for (const { id } of tenants) {
    const before = await agents.roster(id);
    const deadline = performance.now() + 10_000;
    while (await agents.roster(id) === before && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export function leaseOf(job: JobRow): string {
  return `${job.id}.${job.lease_token}`;
}

/** The lease ran out, as the database sees it. */
export async function runOut({ studio }: TestStudio, job: Pick<JobRow, "id">): Promise<void> {
  await studio.db.sql`update jobs set lease_until = now() - interval '1 second' where id = ${job.id}`;
}

export const DONE_SECONDS = 2;

/** Uploads bytes of its own and reports them under a lease. */
export async function deliver(
  { studio }: TestStudio,
  job: JobRow,
  lease = leaseOf(job),
  seconds = DONE_SECONDS,
): Promise<JobRow> {
  const project = (await studio.projects.byId(studio.db.sql, job.project_id))!;
  const bytes = new TextEncoder().encode(`\x89PNG\r\n\x1a\n ${job.id}`);
  const file = await studio.lfs.store(project, bytes);
  return await studio.jobs.complete(job.lease_agent!, lease, {
    file: { oid: file.oid, size: file.size, extension: "png" },
    media: { format: "png", width: 1024, height: 1024, frames: 1, audio: false },
    made_with: {},
    seconds,
  });
}
