import { startPostgres } from "../testing/postgres.ts";
import { leaseBench } from "./lease_bench.ts";

/** `deno task bench`: the job table on a PostgreSQL with its defaults (fsync on), beside its peers, in one run. */
if (import.meta.main) {
  await using server = await startPostgres({ durable: true });
  await leaseBench(server.url);
}
