import { startPostgres } from "../testing/postgres.ts";
import { canvasBench } from "./canvas/bench.ts";
import { leaseBench } from "./lease_bench.ts";

/**
 * `deno task bench`: the job table on a PostgreSQL with its defaults (fsync on) beside its peers, and the canvas beside plain React Flow on
 * React, in one run.
 */
if (import.meta.main) {
  await using server = await startPostgres({ durable: true });
  await leaseBench(server.url);
  await canvasBench();
}
