import { createAgents } from "./agents/mod.ts";
import { createAssembly } from "./assembly/mod.ts";
import { createAssets } from "./assets/mod.ts";
import { createAuth } from "./auth/mod.ts";
import { createBranches } from "./branches/mod.ts";
import { createCanvas } from "./canvas/mod.ts";
import { createChecks, startChecks, startTidying } from "./checks/mod.ts";
import type { Config } from "./config.ts";
import { startCredits } from "./credits/mod.ts";
import { answering, migrate, openDatabase } from "./db/mod.ts";
import { createEventHub } from "./events/mod.ts";
import { createGit } from "./git/mod.ts";
import { startHousekeeping } from "./housekeeping/mod.ts";
import type { Log } from "./http/mod.ts";
import { createJobs } from "./jobs/mod.ts";
import { createLfs } from "./lfs/mod.ts";
import { createLibrary } from "./library/mod.ts";
import { openStores } from "./objects/mod.ts";
import { createOperations } from "./operations/mod.ts";
import { createPlans, readPlans } from "./plans/mod.ts";
import { createProjects } from "./projects/mod.ts";
import { createPushes } from "./pushes/mod.ts";
import { createRunners, readCatalogue } from "./runners/mod.ts";
import { Parts } from "./parts.ts";
import type { Studio } from "./studio.ts";
import { startWebhook } from "./webhook/mod.ts";
import { createTakes } from "./takes/mod.ts";
import { createTraces } from "./traces/mod.ts";

/** What a caller brings instead of having it opened here; it closes it itself. */
export type Overrides = Partial<Pick<Studio, "db" | "objects">>;

export type OpenStudio = Studio & AsyncDisposable & {
  /** Begins to shut down: aborts `closing`. Disposal does it too. */
  close(): void;
  /** What its disposal waits for, by name, the one in hand first. */
  unclosed(): string[];
};

/**
 * Opens everything a gateway needs, in order: database (migrated), object store (tried), then room by room. Each room keeps
 * the studio and looks at its neighbours when it is asked something, so the order matters only for opening and closing.
 */
export async function composeStudio(
  config: Config,
  log: Log,
  overrides: Overrides = {},
): Promise<OpenStudio> {
  await using opened = new AsyncDisposableStack();
  const closing = new AbortController();
  const parts = opened.use(new Parts(log));
  opened.defer(() => closing.abort());
  await Deno.mkdir(config.dataDir, { recursive: true, mode: 0o700 });

  const studio = { config, log, closing: closing.signal } as OpenStudio;
  studio.db = overrides.db ??
    parts.use("the database", await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir }));
  await answering(studio.db.sql, log);
  const applied = await migrate(studio.db.sql);
  if (applied.length) log.info("The database is up to date", { applied });

  studio.traces = parts.use("traces", createTraces(studio));
  studio.plans = createPlans(studio, await readPlans(config.plansFile));
  studio.auth = createAuth(studio);
  studio.objects = overrides.objects ?? parts.use("objects", await openStores(studio));
  await tryObjects(studio);
  studio.events = parts.use("events", await createEventHub(studio));
  studio.runners = createRunners(studio, await readCatalogue(config.runnersDir, log));
  studio.projects = createProjects(studio);
  studio.canvas = parts.use("canvas", createCanvas(studio));
  studio.branches = createBranches(studio);
  studio.lfs = createLfs(studio);
  studio.takes = createTakes(studio);
  studio.assets = createAssets(studio);
  studio.assembly = createAssembly(studio);
  studio.library = createLibrary(studio);
  studio.agents = parts.use("agents", createAgents(studio));
  studio.pushes = parts.use("pushes", createPushes(studio));
  studio.git = parts.use(
    "git",
    createGit(studio, {
      take: studio.takes.outbox,
      export: studio.assembly.outbox,
      manifest: studio.canvas.outbox,
      asset: studio.assets.outbox,
    }),
  );
  studio.checks = createChecks(studio);
  studio.jobs = parts.use("jobs", await createJobs(studio));
  studio.operations = parts.use("operations", createOperations(studio));
  parts.use("checks", startChecks(studio));
  parts.use("what checks left", startTidying(studio));
  parts.use("credits", startCredits(studio));
  parts.use("webhook", startWebhook(studio));
  parts.use("housekeeping", startHousekeeping(studio));

  await studio.projects.repair();
  await studio.branches.repair();

  const stack = opened.move();
  studio.close = () => closing.abort();
  studio.unclosed = () => parts.names;
  studio[Symbol.asyncDispose] = async () => {
    closing.abort();
    await stack.disposeAsync();
  };
  return studio;
}

async function tryObjects({ objects, log }: Studio): Promise<void> {
  const { checksumsEnforced, notes } = await objects.selfTest();
  log.info("The object store works", { kind: objects.kind, checksums_enforced: checksumsEnforced });
  for (const note of notes) log.warn(note);
}
