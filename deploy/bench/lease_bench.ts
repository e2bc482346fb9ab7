import postgres from "postgres";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import type { z } from "zod";
import { type BenchStudio, openBenchStudio } from "./farm.ts";
import { type Figures, measure, ms, rate, table } from "./measure.ts";
import { graphileWorker, pgBoss } from "./peers.ts";

const WORKERS = 16;
/** Leases taken for one line of the table, by one poller and then by all. */
const ALONE = 300;
const TOGETHER = 1500;
const BACKLOGS = [1_000, 100_000, 1_000_000];
const MANY_AGENTS = 10_000;
/** Jobs before those that can be done, when the peers are compared. */
const PEER_BACKLOG = 100_000;
const PEER_JOBS = 2_000;

/**
 * What a lease costs as the queue grows: the jobs that the agent can't do are more urgent and stand before the few that it can. Then
 * the same beside ten thousand registered agents, and what graphile-worker and pg-boss need for the same. `serverUrl`: a PostgreSQL
 * superuser, e.g. `postgres://postgres@127.0.0.1:5432/postgres`; databases are made and dropped there.
 */
export async function leaseBench(serverUrl: string): Promise<void> {
  const costs: { agents: number; backlog: number; alone: Figures }[] = [];
  const rows = [[
    "queued",
    "agents",
    "p50 ms",
    "p99 ms",
    "leases/s",
    `p50 of ${WORKERS}`,
    `p99 of ${WORKERS}`,
    `leases/s of ${WORKERS}`,
  ]];
  await withDatabase(serverUrl, async (url) => {
    await using bench = await openBenchStudio(url, WORKERS);
    await warm(bench);
    for (const agents of [1, MANY_AGENTS]) {
      if (agents > 1) await bench.register(agents - 1);
      for (const backlog of BACKLOGS) {
        await bench.fill(backlog, Math.min(backlog * 0.9, ALONE + TOGETHER));
        const alone = await leases(bench, 1, Math.min(ALONE, backlog * 0.2));
        const together = await leases(bench, WORKERS, Math.min(TOGETHER, backlog * 0.6));
        costs.push({ agents, backlog, alone });
        rows.push([
          backlog.toLocaleString("en"),
          agents.toLocaleString("en"),
          ms(alone.p50),
          ms(alone.p99),
          rate(alone.perSecond),
          ms(together.p50),
          ms(together.p99),
          rate(together.perSecond),
        ]);
      }
    }
  });
  console.log(`\nLeases by one poller, then by ${WORKERS} at once\n${table(rows)}`);
  for (const agents of [1, MANY_AGENTS]) {
    const p50 = (backlog: number) =>
      costs.find((each) => each.agents === agents && each.backlog === backlog)!.alone.p50;
    const ratio = p50(BACKLOGS.at(-1)!) / p50(BACKLOGS[0]!);
    console.log(
      `  a lease behind 1,000,000 costs ${ratio.toFixed(2)} times one behind 1,000 (${
        agents.toLocaleString("en")
      } agents; p50)`,
    );
  }
  await besidePeers(serverUrl);
}

async function leases(bench: BenchStudio, workers: number, calls: number): Promise<Figures> {
  const { jobs } = bench.studio;
  return await measure(
    { workers, calls },
    async (worker) => await jobs.take(bench.takers[worker]!) !== null,
  );
}

/** Connections, prepared statements and the compiler have their say before anything is measured. */
async function warm(bench: BenchStudio): Promise<void> {
  await bench.fill(2_000, 1_000);
  await leases(bench, WORKERS, 1_000);
}

async function besidePeers(serverUrl: string): Promise<void> {
  const load = { workers: WORKERS, jobs: PEER_JOBS, backlog: PEER_BACKLOG };
  const results: [name: string, figures: Figures][] = [];
  await withDatabase(serverUrl, async (url) => {
    await using bench = await openBenchStudio(url, WORKERS);
    await warm(bench);
    await bench.fill(load.backlog + load.jobs, load.jobs);
    results.push(["studio, with the take", await fetchAndComplete(bench, load.jobs)]);
  });
  for (
    const [name, peer] of [["graphile-worker 0.18.0", graphileWorker], ["pg-boss 12.38.0", pgBoss]] as const
  ) {
    await withDatabase(serverUrl, async (databaseUrl) => {
      results.push([name, await peer({ ...load, databaseUrl })]);
    });
  }
  const ours = results[0]![1].perSecond;
  const rows = [["fetch and complete", "jobs/s", "p50 ms", "p99 ms", "studio is"]];
  for (const [name, figures] of results) {
    rows.push([
      name,
      rate(figures.perSecond),
      ms(figures.p50),
      Number.isNaN(figures.p99) ? "-" : ms(figures.p99),
      `${(ours / figures.perSecond).toFixed(2)} x`,
    ]);
  }
  console.log(
    `\n${WORKERS} workers, ${PEER_JOBS.toLocaleString("en")} jobs behind ${
      PEER_BACKLOG.toLocaleString("en")
    } of another kind\n${table(rows)}`,
  );
  console.log(
    "  The studio's completion also checks the object, writes the take, the outbox row and the job's story; the peers only end the job.",
  );
}

async function fetchAndComplete(bench: BenchStudio, calls: number): Promise<Figures> {
  const { studio, project, takers } = bench;
  const { oid, size } = await studio.lfs.store(project, new TextEncoder().encode("\x89PNG\r\n\x1a\n bench"));
  // Git follows behind and is another measurement.
  studio.takes.announce = () => Promise.resolve();
  const report: z.infer<typeof CompleteBody> = {
    file: { oid, size, extension: "png" },
    media: { format: "png", width: 1280, height: 720, frames: 1, audio: false },
    made_with: {},
    seconds: 1,
  };
  return await measure({ workers: WORKERS, calls }, async (worker) => {
    const job = await studio.jobs.take(takers[worker]!);
    if (!job) return false;
    await studio.jobs.complete(job.lease_agent!, `${job.id}.${job.lease_token}`, report);
    return true;
  });
}

async function withDatabase(serverUrl: string, use: (url: string) => Promise<void>): Promise<void> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => {} });
  const name = `bench_${crypto.randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  try {
    await use(url.href);
  } finally {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}

if (import.meta.main) await leaseBench(Deno.args[0]!);
