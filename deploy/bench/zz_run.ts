import { startPostgres } from "../testing/postgres.ts";
import { leaseBench } from "./lease_bench.ts";
await using server = await startPostgres({ durable: true });
const stop = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", () => stop.resolve());
await Promise.race([leaseBench(server.url), stop.promise]);
