import type { z } from "zod";
import type { CompleteBody } from "../../shared/agents/protocol.ts";
import type { JobRow } from "../../gateway/jobs/mod.ts";
import type { Contender, Load } from "./contender.ts";
import { makeDatabase } from "./database.ts";
import { type BenchStudio, openBenchStudio } from "./studio.ts";
import { figuresOf, measure, ms, rate, type Sample, table } from "./measure.ts";
import { openGraphileWorker, openPgBoss } from "./peers.ts";

const ROUNDS = 4;
const JOBS = 500;

/** The same for all: jobs are fetched and ended one by one, by as many workers. The contenders take turns, round by round. */
export async function besidePeers(serverUrl: string, load: Load): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const database = async () => stack.use(await makeDatabase(serverUrl)).url;
  const bench = stack.use(await openBenchStudio(await database(), load.workers));
  const report = await prepareReport(bench);
  const contenders = [
    ourselves("studio: lease, complete with its take", bench, load, async (job, lease) => {
      await bench.studio.jobs.complete(job.lease_agent!, lease, report);
    }),
    // An end that makes nothing: the job fails for good, fenced and told like any other.
    ourselves("studio: lease, end without one", bench, load, async (job, lease) => {
      const error = { class: "invalid", message: "It is only a bench" } as const;
      await bench.studio.jobs.fail(job.lease_agent!, lease, error);
    }),
    ourselves("studio: lease only", bench, load, () => Promise.resolve()),
    stack.use(await openGraphileWorker(await database(), load)),
    stack.use(await openPgBoss(await database(), load)),
  ];
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) {
      samples[index]!.push(await contender.round(JOBS));
    }
  }
  const figures = samples.map(figuresOf);
  const [complete, end] = [figures[0]!.perSecond, figures[1]!.perSecond];
  const rows = contenders.map(({ name }, index) => {
    const { perSecond, p50, p99 } = figures[index]!;
    const times = (ours: number) => `${(ours / perSecond).toFixed(2)} x`;
    return [name, rate(perSecond), ms(p50), ms(p99), times(complete), times(end)];
  });
  console.log(
    `\n${load.workers} workers, ${(ROUNDS * JOBS).toLocaleString("en")} jobs behind ${
      load.backlog.toLocaleString("en")
    } of another kind, fetched and ended one by one\n${
      table([["", "jobs/s", "p50 ms", "p99 ms", "complete is", "end is"], ...rows])
    }`,
  );
}

function ourselves(
  name: string,
  bench: BenchStudio,
  load: Load,
  end: (job: JobRow, lease: string) => Promise<void>,
): Omit<Contender, typeof Symbol.asyncDispose> {
  return {
    name,
    async round(jobs) {
      await bench.fill(load.backlog + jobs, jobs);
      return await measure({ workers: load.workers, calls: jobs }, async (worker) => {
        const job = await bench.studio.jobs.take(bench.takers[worker]!);
        if (!job) return false;
        await end(job, `${job.id}.${job.lease_token}`);
        return true;
      });
    },
  };
}

async function prepareReport({ studio, project }: BenchStudio): Promise<z.infer<typeof CompleteBody>> {
  const { oid, size } = await studio.lfs.store(project, new TextEncoder().encode("\x89PNG\r\n\x1a\n bench"));
  // Git follows behind and is another measurement.
  studio.takes.announce = () => Promise.resolve();
  return {
    file: { oid, size, extension: "png" },
    media: { format: "png", width: 1280, height: 720, frames: 1, audio: false },
    made_with: {},
    seconds: 1,
  };
}
