import { type BenchStudio, openBenchStudio } from "./studio.ts";
import { type Figures, figuresOf, measure, ms, rate, type Sample, table } from "./measure.ts";
import { besidePeers } from "./beside_peers.ts";
import { makeDatabase } from "./database.ts";

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

/**
 * What a lease costs as the queue grows. Then the same beside ten thousand registered agents, and what graphile-worker and pg-boss
 * need for the same. `serverUrl`: a PostgreSQL superuser, e.g. `postgres://postgres@127.0.0.1:5432/postgres`; databases are
 * made and dropped there.
 */
export async function leaseBench(serverUrl: string): Promise<void> {
  await behindBacklogs(serverUrl);
  for (const backlog of PEER_BACKLOGS) await besidePeers(serverUrl, { workers: WORKERS, backlog });
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
  const together = queues.map((): Sample[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (let lease = 0; lease < ALONE; lease++) {
      for (const [index, { bench }] of queues.entries()) {
        const began = performance.now();
        if (!await bench.studio.jobs.take(bench.takers[0]!)) throw new Error("The queue ran dry");
        alone[index]!.push(performance.now() - began);
      }
    }
    for (const [index, { bench }] of queues.entries()) {
      together[index]!.push(
        await measure(
          { workers: WORKERS, calls: TOGETHER },
          async (worker) => await bench.studio.jobs.take(bench.takers[worker]!) !== null,
        ),
      );
    }
    for (const { bench } of queues) await bench.rewind();
  }
  const seconds = (times: number[]) => times.reduce((sum, each) => sum + each, 0) / 1000;
  return queues.map((_, index) => ({
    alone: figuresOf([{ times: alone[index]!, seconds: seconds(alone[index]!) }]),
    together: figuresOf(together[index]!),
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

if (import.meta.main) await leaseBench(Deno.args[0]!);
