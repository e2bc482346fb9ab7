import { makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { PgBoss } from "pg-boss";
import { type Figures, measure } from "./measure.ts";

export interface PeerLoad {
  databaseUrl: string;
  workers: number;
  /** Jobs that the workers fetch and complete. */
  jobs: number;
  /** Jobs of another kind, asked for more urgently, that stand before them. */
  backlog: number;
}

/**
 * graphile-worker as its documentation starts it: each worker takes a job and deletes it when it is done. It does not show
 * single calls, so the latency is what a worker has per job.
 */
export async function graphileWorker({ databaseUrl, workers, jobs, backlog }: PeerLoad): Promise<Figures> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: workers + 4 });
  // It listens on a connection that the server may close at the end.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const quiet = { logger: await quietLogger() };
  const utils = await makeWorkerUtils({ pgPool: pool, ...quiet });
  await utils.migrate();
  await addJobs(pool, "other", -1, backlog);
  await addJobs(pool, "bench", 0, jobs);
  await pool.query("vacuum analyze");
  const done = Promise.withResolvers<void>();
  let left = jobs;
  const began = performance.now();
  const runner = await run({
    pgPool: pool,
    concurrency: workers,
    noHandleSignals: true,
    ...quiet,
    taskList: { bench: () => void (--left === 0 && done.resolve()) },
  });
  await done.promise;
  await runner.stop();
  const seconds = (performance.now() - began) / 1000;
  await utils.release();
  await pool.end();
  const each = workers * seconds * 1000 / jobs;
  return { perSecond: jobs / seconds, p50: each, p99: NaN, calls: jobs };
}

async function addJobs(pool: pg.Pool, task: string, priority: number, count: number): Promise<void> {
  await pool.query(
    `select 1 from graphile_worker.add_jobs(array(
       select ($1, json_build_object('n', n), null, null, 3, null, $2, null)::graphile_worker.job_spec
       from generate_series(1, $3::int) n))`,
    [task, priority, count],
  );
}

async function quietLogger() {
  const { Logger } = await import("graphile-worker");
  return new Logger(() => () => {});
}

/** pg-boss by its fetch() and complete(), a job at a time. */
export async function pgBoss({ databaseUrl, workers, jobs, backlog }: PeerLoad): Promise<Figures> {
  const boss = new PgBoss({ connectionString: databaseUrl, max: workers, supervise: false, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  for (const [queue, count, priority] of [["other", backlog, 5], ["bench", jobs, 0]] as const) {
    await boss.createQueue(queue);
    for (let from = 0; from < count; from += 5000) {
      const some = Array.from(
        { length: Math.min(5000, count - from) },
        (_, n) => ({ data: { n }, priority }),
      );
      await boss.insert(queue, some);
    }
  }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  await pool.query("vacuum analyze");
  await pool.end();
  const figures = await measure({ workers, calls: jobs }, async () => {
    const [job] = await boss.fetch("bench");
    if (!job) return false;
    await boss.complete("bench", job.id);
    return true;
  });
  await boss.stop({ graceful: false });
  return figures;
}
