import type { EventEmitter } from "node:events";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { PgBoss } from "pg-boss";
import type { Contender, Load } from "./contender.ts";
import { measure } from "./measure.ts";

/**
 * graphile-worker as its documentation starts it: each worker takes a job and deletes it when it is done. Single calls are not seen
 * from outside, so each counts as what a worker has per job.
 */
export async function openGraphileWorker(
  databaseUrl: string,
  { workers, backlog }: Load,
): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: workers + 4 });
  // It listens on a connection that the server may close at the end.
  pool.on("error", () => {});
  pool.on("connect", (client: EventEmitter) => client.on("error", () => {}));
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();
  await addJobs(pool, "other", -1, backlog);
  return {
    name: "graphile-worker 0.18.0",
    async round(jobs) {
      await addJobs(pool, "bench", 0, jobs);
      await pool.query("vacuum analyze");
      const done = Promise.withResolvers<void>();
      let left = jobs;
      const began = performance.now();
      const runner = await run({
        pgPool: pool,
        logger,
        concurrency: workers,
        noHandleSignals: true,
        taskList: { bench: () => void (--left === 0 && done.resolve()) },
      });
      await done.promise;
      const seconds = (performance.now() - began) / 1000;
      await runner.stop();
      return { seconds, times: Array.from({ length: jobs }, () => workers * seconds * 1000 / jobs) };
    },
    async [Symbol.asyncDispose]() {
      await utils.release();
      await pool.end();
    },
  };
}

async function addJobs(pool: pg.Pool, task: string, priority: number, count: number): Promise<void> {
  await pool.query(
    `select 1 from graphile_worker.add_jobs(array(
       select ($1, json_build_object('n', n), null, null, 3, null, $2, null)::graphile_worker.job_spec
       from generate_series(1, $3::int) n))`,
    [task, priority, count],
  );
}

/** pg-boss by its fetch() and complete(), a job at a time. */
export async function openPgBoss(databaseUrl: string, { workers, backlog }: Load): Promise<Contender> {
  const boss = new PgBoss({ connectionString: databaseUrl, max: workers, supervise: false, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const add = async (queue: string, priority: number, count: number) => {
    for (let from = 0; from < count; from += 5000) {
      const length = Math.min(5000, count - from);
      await boss.insert(queue, Array.from({ length }, (_, n) => ({ data: { n }, priority })));
    }
  };
  await boss.createQueue("other");
  await boss.createQueue("bench");
  await add("other", 5, backlog);
  return {
    name: "pg-boss 12.38.0",
    async round(jobs) {
      await add("bench", 0, jobs);
      await pool.query("vacuum analyze");
      return await measure({ workers, calls: jobs }, async () => {
        const [job] = await boss.fetch("bench");
        if (!job) return false;
        await boss.complete("bench", job.id);
        return true;
      });
    },
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
