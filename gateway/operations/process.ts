import { statfs } from "node:fs/promises";
import type { ProcessFigures } from "../../shared/api/operations.ts";
import type { Studio } from "../studio.ts";
import { GATEWAY_VERSION } from "../version.ts";
import type { Pulse } from "./pulse.ts";

/** The process that answers; of several gateways each tells its own. */
export async function processFigures({ events, config }: Studio, pulse: Pulse): Promise<ProcessFigures> {
  const { rss, heapUsed } = Deno.memoryUsage();
  // Some network file systems do not say.
  const disk = await statfs(config.dataDir).catch(() => null);
  return {
    version: GATEWAY_VERSION,
    deno: Deno.version.deno,
    uptime_s: Math.round(performance.now() / 1000),
    sockets: events.sockets(),
    memory: { rss, heap: heapUsed },
    event_loop: pulse.lateness(),
    disk: disk && { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
  };
}
