import type { Config } from "../config.ts";
import type { Log } from "../http/mod.ts";
import type { Recorded, Traces } from "./mod.ts";
import { exportRequest } from "./otlp.ts";

/** Spans that wait for the collector; those that come on top are dropped, and counted. */
const MOST_WAITING = 4096;
const BATCH = 512;
/** Milliseconds between the first span and its sending, that one sending may take, and between two words in the log. */
const GATHER_MS = 1_000;
const PATIENCE_MS = 5_000;
const QUIET_MS = 60_000;

/**
 * Sends spans to an OpenTelemetry collector, where one is named. Not Deno's own OpenTelemetry: that traces every fetch with its whole URL,
 * and ours are signed; and it cannot export the spans of agents, which have no way to a collector but through here.
 */
export function createTraces({ config, log }: { config: Pick<Config, "traces">; log: Log }): Traces {
  const to = config.traces;
  const waiting: Recorded[] = [];
  let dropped = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | null = null;
  let said = -Infinity;

  function lose(count: number, why: string): void {
    dropped += count;
    if (performance.now() - said < QUIET_MS) return;
    said = performance.now();
    log.warn("Spans were dropped; nothing else suffers", { why, dropped });
  }

  /** What the collector does not take is gone: it is of use now or never. */
  async function send(): Promise<void> {
    while (waiting.length) {
      const batch = waiting.splice(0, BATCH);
      try {
        const response = await fetch(to!.url, {
          method: "POST",
          headers: { "content-type": "application/json", ...to!.headers },
          body: JSON.stringify(exportRequest(batch)),
          redirect: "manual",
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        await response.body?.cancel();
        if (!response.ok) lose(batch.length, `the collector answered ${response.status}`);
      } catch (error) {
        // One try is enough for as long as it is away.
        lose(batch.length + waiting.splice(0).length, error instanceof Error ? error.message : String(error));
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    return sending ??= send().finally(() => {
      sending = null;
      if (waiting.length) soon();
    });
  }

  function soon(): void {
    timer ??= setTimeout(() => void flush(), GATHER_MS);
  }

  return {
    on: to !== null,
    record(spans) {
      if (!to) return;
      const room = MOST_WAITING - waiting.length;
      waiting.push(...spans.slice(0, room));
      if (spans.length > room) lose(spans.length - room, "they come faster than the collector takes them");
      if (waiting.length && !sending) soon();
    },
    dropped: () => dropped,
    async [Symbol.asyncDispose]() {
      // What is on its way first, then the rest; each is bounded by the patience of one sending.
      await sending;
      if (to) await flush();
      clearTimeout(timer);
    },
  };
}
