import { readWanted } from "../models/files.ts";
import { readNews } from "../update/files.ts";
import type { Started } from "./start.ts";

export interface HelpersOptions {
  dataDir: string;
  /** null: no download can be made, as the models' folder is not known. */
  startDownloader: ((keys: readonly string[]) => Promise<Started>) | null;
  /** null: this agent is not updated from here. */
  startUpdater: ((digest: string) => Started) | null;
  everyMs?: number;
}

/**
 * While the agent runs: starts the downloader and the updater when it asks for them. The agent itself may start neither; what each may
 * do is said by the launcher, not by who asks.
 */
export function watchHelpers(options: HelpersOptions): { stop(): Promise<void> } {
  const over = Promise.withResolvers<void>();
  let stopped = false;
  const asked = { download: "", update: "" };
  const running: { download: Started | null; update: Started | null } = { download: null, update: null };

  async function look(): Promise<void> {
    if (!running.download && options.startDownloader) {
      const wanted = await readWanted(options.dataDir);
      if (wanted && wanted.at !== asked.download) {
        asked.download = wanted.at;
        await keep("download", await options.startDownloader(wanted.keys));
      }
    }
    if (!running.update && options.startUpdater) {
      const wanted = await readNews(options.dataDir, "wanted");
      if (wanted && wanted.at !== asked.update) {
        // What was asked of the process before is asked again by this one.
        const first = asked.update === "";
        asked.update = wanted.at;
        if (!first || Date.now() - Date.parse(wanted.at) < 60_000) {
          await keep("update", options.startUpdater(wanted.digest));
        }
      }
    }
  }
  function keep(name: keyof typeof running, started: Started): void {
    running[name] = started;
    started.exit.finally(() => running[name] = null);
  }
  const loop = (async () => {
    while (!stopped) {
      await look().catch(() => {});
      await Promise.race([
        over.promise,
        new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 1_000)),
      ]);
    }
  })();
  return {
    async stop() {
      stopped = true;
      over.resolve();
      await loop;
      await Promise.all(Object.values(running).map((started) => started?.end(5_000)));
    },
  };
}
