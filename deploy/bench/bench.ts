import { startPostgres } from "../testing/postgres.ts";
import { canvasBench } from "./canvas/bench.ts";
import { cloneBench } from "./clone_bench.ts";
import { makeDatabase } from "./database.ts";
import { filmBench } from "./film_bench.ts";
import { makeVenv } from "./giftless.ts";
import { leaseBench } from "./lease_bench.ts";
import { lfsBench } from "./lfs_bench.ts";
import { seedBench } from "./seed/bench.ts";

/**
 * `deno task bench [jobs] [lfs] [clone] [seed] [canvas] [film]`: the job table on a PostgreSQL with its defaults (fsync on), LFS, clones,
 * the whole gateway, the canvas and films, each beside its peers in one run.
 */
if (import.meta.main) {
  const wanted = (section: string) => Deno.args.length === 0 || Deno.args.includes(section);
  if (["jobs", "lfs", "clone", "seed"].some(wanted)) {
    await using server = await startPostgres({ durable: true });
    if (wanted("jobs")) await leaseBench(server.url);
    await withPeers(wanted("lfs"), server.url, lfsBench);
    await withPeers(wanted("clone"), server.url, cloneBench);
    if (wanted("seed")) await seedBench(server.url);
  }
  if (wanted("canvas")) await canvasBench();
  if (wanted("film")) await filmBench();
}

async function withPeers(
  wanted: boolean,
  serverUrl: string,
  section: (databaseUrl: string, python: string | null, folder: string) => Promise<void>,
): Promise<void> {
  if (!wanted) return;
  const folder = await Deno.makeTempDir({ prefix: "studio-bench-" });
  try {
    const python = await makeVenv(folder);
    await using database = await makeDatabase(serverUrl);
    await section(database.url, python, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
