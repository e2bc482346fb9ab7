import { composeStudio, type OpenStudio } from "./compose.ts";
import { type Config, ConfigError, parseConfig } from "./config.ts";
import { DatabaseAway, FolderInUse } from "./db/mod.ts";
import { createLog, type Log } from "./http/mod.ts";
import { originalOf } from "./original.ts";
import { serveStudio, type Serving } from "./serve.ts";

/** The gateway as a program: the only file that reads the environment. `--owner-link` prints a new link for the owner. */
async function main(): Promise<void> {
  lettingFramesGo();
  const config = readConfig();
  const log = createLog({ level: config.logLevel });
  surviveStrays(log);
  const studio = await open(config, log);
  // Before the port opens: whoever comes first must not find a studio without an owner.
  const token = await studio.auth.firstStart() ??
    (Deno.args.includes("--owner-link") ? await studio.auth.ownerLink() : null);
  let serving: Serving;
  try {
    serving = serveStudio(studio);
  } catch (error) {
    await studio[Symbol.asyncDispose]();
    if (error instanceof Deno.errors.AddrInUse) {
      fail(
        `Port ${config.port} of ${config.host} is taken; stop what listens there, or set PORT to another.`,
      );
    }
    throw error;
  }
  stopOnSignal(serving, log);
  // Not through the log: a log is kept, and this opens the door.
  if (token) {
    console.log(`\n  Open the studio (this link works once):\n  ${serving.url}/enter?token=${token}\n`);
  }
  log.info("The studio is open", {
    url: serving.url,
    listening: serving.address,
    database: studio.db.kind,
    objects: studio.objects.kind,
    runners: studio.runners.list().length,
  });
}

/**
 * Deno (2.9.6) keeps for each WebSocket a buffer as large as the largest message that it ever sent: a screen opens with all that a film
 * has, and a thousand that look on held 170 MB of it. With this it writes large ones from where they lie, and keeps none.
 */
function lettingFramesGo(): void {
  Deno.env.set("DENO_USE_WRITEV", "1");
}

async function open(config: Config, log: Log): Promise<OpenStudio> {
  try {
    return await composeStudio(config, log);
  } catch (thrown) {
    const error = originalOf(thrown);
    if ([FolderInUse, DatabaseAway, ConfigError].some((kind) => error instanceof kind)) {
      fail((error as Error).message);
    }
    throw error;
  }
}

function readConfig(): Config {
  try {
    return parseConfig(Deno.env.toObject());
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

/** The first signal shuts down, the second ends the process where it stands: leases and outbox survive either. */
function stopOnSignal(serving: Serving, log: Log): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) Deno.exit(130);
    stopping = true;
    log.info("Shutting down; once more to stop at once");
    try {
      await serving.stop();
      log.info("The studio is closed");
      Deno.exit(0);
    } catch (error) {
      log.error("The studio did not close cleanly", { error });
      Deno.exit(1);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
}

/** A promise that nobody waited for and that failed is a bug, but no reason to drop everybody's work. */
function surviveStrays(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("Something failed in the background", {
      error: event.reason instanceof Error ? event.reason : String(event.reason),
    });
  });
}

function fail(sentence: string): never {
  console.error(sentence);
  Deno.exit(1);
}

if (import.meta.main) {
  // Not left to `surviveStrays`, which would keep a gateway that never opened: whoever looks after this process starts it again.
  await main().catch((error) =>
    fail(`The studio could not be opened: ${error instanceof Error ? error.stack ?? error.message : error}`)
  );
}
