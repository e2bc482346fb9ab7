import postgres from "postgres";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import type { z } from "zod";
import { type BenchStudio, openBenchStudio } from "./farm.ts";
import { type Figures, figuresOf, measure, ms, rate, table } from "./measure.ts";
import { graphileWorker, pgBoss } from "./peers.ts";

const WORKERS = 16;
const BACKLOGS = [1_000, 100_000, 1_000_000];
const MANY_AGENTS = 10_000;
/** Jobs of each queue that the agent can do; the others are more urgent and stand before them. */
const ABLE = 300;
/** Leases of a round, by one poller and then by all. What is leased goes back after it. */
const ALONE = 100;
const TOGETHER = 200;
const ROUNDS = 3;
/** Jobs of another kind, asked for more urgently, before those that can be done, when the peers are compared. */
const PEER_BACKLOGS = [0, 100_000];
const PEER_JOBS = 2_000;

/**
 * What a lease costs as the queue grows. Then the same beside ten thousand registered agents, and what graphile-worker and pg-boss
 * need for the same. `serverUrl`: a PostgreSQL superuser, e.g. `postgres://postgres@127.0.0.1:5432/postgres`; databases are
 * made and dropped there.
 */
export async function leaseBench(serverUrl: string): Promise<void> {
  await behindBacklogs(serverUrl);
  for (const backlog of PEER_BACKLOGS) await besidePeers(serverUrl, backlog);
  console.log(
    "  The peers end the job and no more: beside that stands the studio's end. Its completion also checks the object and writes\n" +
      "  the take, the outbox row and what is chosen, in the same transaction. Both write the job's story, and keep the job.",
  );
}

interface Queue {
  backlog: number;
  bench: BenchStudio;
}

async function behindBacklogs(serverUrl: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const queues: Queue[] = [];
  for (const backlog of BACKLOGS) {
    const database = stack.use(await makeDatabase(serverUrl));
    const bench = stack.use(await openBenchStudio(database.url, WORKERS));
    await warm(bench);
    await bench.fill(backlog, ABLE);
    queues.push({ backlog, bench });
  }
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
  const ratios: string[] = [];
  for (const agents of [1, MANY_AGENTS]) {
    if (agents > 1) { for (const { bench } of queues) await bench.register(agents - 1); }
    const measured = await compare(queues);
    for (const [index, { alone, together }] of measured.entries()) {
      rows.push([
        BACKLOGS[index]!.toLocaleString("en"),
        agents.toLocaleString("en"),
        ms(alone.p50),
        ms(alone.p99),
        rate(alone.perSecond),
        ms(together.p50),
        ms(together.p99),
        rate(together.perSecond),
      ]);
    }
    const ratio = measured.at(-1)!.alone.p50 / measured[0]!.alone.p50;
    ratios.push(
      `  ${agents.toLocaleString("en")} agents: a lease behind ${
        BACKLOGS.at(-1)!.toLocaleString("en")
      } costs ${ratio.toFixed(2)} times one behind ${BACKLOGS[0]!.toLocaleString("en")} (p50)`,
    );
  }
  console.log(`\nLeases by one poller, then by ${WORKERS} at once\n${table(rows)}\n${ratios.join("\n")}`);
}

/** The queues take turns, lease by lease: what else the machine does meanwhile meets all of them alike. */
async function compare(queues: Queue[]): Promise<{ alone: Figures; together: Figures }[]> {
  const alone = queues.map((): number[] => []);
  const together = queues.map(() => ({ times: [] as number[], seconds: 0 }));
  for (let round = 0; round < ROUNDS; round++) {
    for (let lease = 0; lease < ALONE; lease++) {
      for (const [index, { bench }] of queues.entries()) {
        const began = performance.now();
        if (!await bench.studio.jobs.take(bench.takers[0]!)) throw new Error("The queue ran dry");
        alone[index]!.push(performance.now() - began);
      }
    }
    for (const [index, { bench }] of queues.entries()) {
      const times: number[] = [];
      const figures = await measure({ workers: WORKERS, calls: TOGETHER }, async (worker) => {
        const began = performance.now();
        const job = await bench.studio.jobs.take(bench.takers[worker]!);
        times.push(performance.now() - began);
        return job !== null;
      });
      together[index]!.times.push(...times);
      together[index]!.seconds += figures.calls / figures.perSecond;
    }
    for (const { bench } of queues) await bench.rewind();
  }
  return queues.map((_, index) => ({
    alone: figuresOf(alone[index]!, alone[index]!.reduce((sum, each) => sum + each, 0) / 1000),
    together: figuresOf(together[index]!.times, together[index]!.seconds),
  }));
}

/** Connections, prepared statements and the compiler have their say before anything is measured. */
async function warm(bench: BenchStudio): Promise<void> {
  await bench.fill(1_000, 500);
  await measure(
    { workers: WORKERS, calls: 500 },
    async (worker) => await bench.studio.jobs.take(bench.takers[worker]!) !== null,
  );
}

async function besidePeers(serverUrl: string, backlog: number): Promise<void> {
  const load = { workers: WORKERS, jobs: PEER_JOBS, backlog };
  const results: [name: string, figures: Figures][] = [];
  {
    await using database = await makeDatabase(serverUrl);
    await using bench = await openBenchStudio(database.url, WORKERS);
    await warm(bench);
    await bench.fill(load.backlog + load.jobs, load.jobs);
    results.push(["studio, lease and complete with its take", await fetchAndComplete(bench, load.jobs)]);
    await bench.fill(load.backlog + load.jobs, load.jobs);
    results.push(["studio, lease and end without one", await fetchAndEnd(bench, load.jobs)]);
    await bench.fill(load.backlog + load.jobs, load.jobs);
    results.push(["studio, lease only", await leases(bench, load.jobs)]);
  }
  for (
    const [name, peer] of [["graphile-worker 0.18.0", graphileWorker], ["pg-boss 12.38.0", pgBoss]] as const
  ) {
    await using database = await makeDatabase(serverUrl);
    results.push([name, await peer({ ...load, databaseUrl: database.url })]);
  }
  const [complete, end] = [results[0]![1].perSecond, results[1]![1].perSecond];
  const rows = [["", "jobs/s", "p50 ms", "p99 ms", "complete is", "end is"]];
  for (const [name, figures] of results) {
    rows.push([
      name,
      rate(figures.perSecond),
      ms(figures.p50),
      Number.isNaN(figures.p99) ? "-" : ms(figures.p99),
      `${(complete / figures.perSecond).toFixed(2)} x`,
      `${(end / figures.perSecond).toFixed(2)} x`,
    ]);
  }
  console.log(
    `\n${WORKERS} workers, ${PEER_JOBS.toLocaleString("en")} jobs behind ${
      backlog.toLocaleString("en")
    } of another kind, fetched and ended one by one\n${table(rows)}`,
  );
}

async function leases(bench: BenchStudio, calls: number): Promise<Figures> {
  return await measure(
    { workers: WORKERS, calls },
    async (worker) => await bench.studio.jobs.take(bench.takers[worker]!) !== null,
  );
}

/** An end that makes nothing: the job fails for good, fenced and told like any other. */
async function fetchAndEnd({ studio, takers }: BenchStudio, calls: number): Promise<Figures> {
  return await measure({ workers: WORKERS, calls }, async (worker) => {
    const job = await studio.jobs.take(takers[worker]!);
    if (!job) return false;
    const error = { class: "invalid", message: "It is only a bench" } as const;
    await studio.jobs.fail(job.lease_agent!, `${job.id}.${job.lease_token}`, error);
    return true;
  });
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

async function makeDatabase(serverUrl: string): Promise<AsyncDisposable & { url: string }> {
  const admin = postgres(serverUrl, { max: 1, onnotice: () => {} });
  const name = `bench_${crypto.randomUUID().replaceAll("-", "")}`;
  await admin.unsafe(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

if (import.meta.main) await leaseBench(Deno.args[0]!);
