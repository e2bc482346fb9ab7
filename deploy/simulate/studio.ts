import type { UserPrincipal } from "../../gateway/auth/mod.ts";
import { composeStudio, type OpenStudio } from "../../gateway/compose.ts";
import { writeSettings } from "../../gateway/checks/mod.ts";
import { parseConfig } from "../../gateway/config.ts";
import { type Database, migrate, openDatabase } from "../../gateway/db/mod.ts";
import { createLog } from "../../gateway/http/mod.ts";
import { layClock } from "./clock.ts";

export interface SimulatedStudio extends AsyncDisposable {
  studio: OpenStudio;
  owner: UserPrincipal;
}

/**
 * A gateway whose leases outlive a day: nobody sends heartbeats in a simulation. `db` is migrated or fresh;
 * `url` is its address, null for an embedded one in memory.
 */
export async function openSimulatedStudio(
  given: { url: string | null; db?: Database },
): Promise<SimulatedStudio> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-simulation-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const config = {
    ...parseConfig({ STUDIO_DATA: dataDir, PUBLIC_URL: "http://127.0.0.1" }),
    leaseSeconds: 7 * 86_400,
  };
  const first = given.db ?? await openDatabase({ url: given.url, dataDir: null, connections: 1 });
  await migrate(first.sql);
  await layClock(first);
  if (!given.db && given.url) await first[Symbol.asyncDispose]();
  else if (!given.db) opened.use(first);
  const db = given.url
    ? opened.use(await openDatabase({ url: given.url, dataDir: null, connections: 4 }))
    : first;
  const log = createLog({ level: "error", terminal: false });
  const studio = opened.use(await composeStudio(config, log, { db }));
  await studio.auth.firstStart();
  const [row] = await studio.db.sql<{ id: string; name: string; tenant_id: string; slug: string }[]>`
    select u.id, u.name, u.tenant_id, t.slug from users u join tenants t on t.id = u.tenant_id limit 1`;
  // Spot checks draw by the system's random numbers: the same seed would not give the same day.
  await writeSettings(studio.db.sql, row!.tenant_id, { share: 0, probation_share: 0, per_day: 0 });
  const stack = opened.move();
  return {
    studio,
    owner: {
      kind: "user",
      tenant_id: row!.tenant_id,
      tenant_slug: row!.slug,
      user_id: row!.id,
      name: row!.name,
      role: "owner",
      via: "access",
      scopes: null,
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
