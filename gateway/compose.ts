import type { Config } from "./config.ts";
import { migrate, openDatabase } from "./db/mod.ts";
import type { Log } from "./http/mod.ts";
import { rooms } from "./rooms.ts";
import type { Studio } from "./studio.ts";

/** What a caller brings instead of having it opened here; it closes it itself. */
export type Overrides = Partial<Pick<Studio, "db" | "objects">>;

export type OpenStudio = Studio & AsyncDisposable & {
  /** Begins to shut down: aborts `closing`. Disposal does it too. */
  close(): void;
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
  opened.defer(() => closing.abort());
  await Deno.mkdir(config.dataDir, { recursive: true, mode: 0o700 });

  const studio = { config, log, closing: closing.signal } as OpenStudio;
  studio.db = overrides.db ??
    opened.use(await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir }));
  const applied = await migrate(studio.db.sql);
  if (applied.length) log.info("The database is up to date", { applied });

  studio.auth = rooms.auth.createAuth(studio);
  studio.objects = overrides.objects ?? opened.use(await rooms.objects.openObjectStore(studio));
  await tryObjects(studio);
  studio.events = opened.use(await rooms.events.createEventHub(studio));
  studio.runners = await rooms.runners.openCatalogue(config.runnersDir, log);
  studio.projects = rooms.projects.createProjects(studio);
  studio.canvas = rooms.canvas.createCanvas(studio);
  studio.lfs = rooms.lfs.createLfs(studio);
  studio.takes = rooms.takes.createTakes(studio);
  studio.assembly = rooms.assembly.createAssembly(studio);
  studio.agents = rooms.agents.createAgents(studio);
  studio.git = opened.use(
    await rooms.git.createGit(studio, {
      take: studio.takes.outbox,
      export: studio.assembly.outbox,
      manifest: studio.canvas.outbox,
    }),
  );
  studio.jobs = opened.use(await rooms.jobs.createJobs(studio));

  await studio.projects.repair();

  const stack = opened.move();
  studio.close = () => closing.abort();
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
