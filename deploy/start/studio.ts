import { join } from "@std/path";
import { composeStudio } from "../../gateway/compose.ts";
import { type Config, parseConfig } from "../../gateway/config.ts";
import { createLog, type Log } from "../../gateway/http/mod.ts";
import { serveStudio } from "../../gateway/serve.ts";
import { startAgent } from "./agent.ts";

export interface LocalStudio {
  url: string;
  /** Opens the studio as its owner, once. */
  ownerLink: string;
  config: Config;
  /** Rejects when the local agent ends though nobody stopped it. */
  agentFailed: Promise<never>;
  stop(): Promise<void>;
}

/**
 * Everything on one machine: gateway with embedded database and store, the canvas, and one agent that joins by itself. The
 * agent is a process of its own with its own permissions, as it would be anywhere else.
 */
export async function startLocalStudio(
  environment: Record<string, string | undefined>,
  options: { quiet: boolean },
): Promise<LocalStudio> {
  const config = parseConfig(environment);
  const log: Log = createLog({ level: options.quiet ? "warn" : config.logLevel });
  const studio = await composeStudio(config, log);
  const first = await studio.auth.firstStart();
  const serving = serveStudio(studio);
  const token = first ?? await studio.auth.ownerLink();
  const tenant = await ownTenant(studio.db.sql);
  const agent = await startAgent({
    gateway: serving.address,
    dataDir: join(config.dataDir, "agent"),
    knows: async (token) => {
      const request = new Request(serving.address, { headers: { authorization: `Bearer ${token}` } });
      return await studio.auth.principalOf(request).then((who) => who.kind === "agent", () => false);
    },
    joinCode: async () =>
      (await studio.auth.createJoinCode(tenant, { pools: ["default"], uses: 1, expiresS: 300, trust: "own" }))
        .code,
    environment,
    quiet: options.quiet,
  });
  return {
    url: serving.url,
    ownerLink: `${serving.url}/enter?token=${token}`,
    config,
    agentFailed: agent.failed,
    async stop() {
      await agent.stop();
      await serving.stop();
    },
  };
}

async function ownTenant(sql: Awaited<ReturnType<typeof composeStudio>>["db"]["sql"]): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select id from tenants order by created_at, id limit 1`;
  return row!.id;
}
