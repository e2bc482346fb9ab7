export interface StopSignals extends Disposable {
  drain: AbortSignal;
  now: AbortSignal;
}

/**
 * Ctrl-C and the end of a terminal reach the agent several times: the terminal tells the whole group, and `deno task` and
 * the launcher hand on their own copies. Within this many milliseconds that is one wish. SIGTERM has one sender and is
 * counted as it comes.
 */
const SAME_CTRL_C_MS = 500;

/**
 * The first SIGTERM or SIGINT drains: nothing new is taken, running jobs may finish within `drainSeconds`. The second,
 * or the end of that time, hands back what is not finished.
 */
export function listenForStop(
  options: { drainSeconds: number; say(sentence: string): void; launcherGone?: Promise<void> },
): StopSignals {
  const drain = new AbortController();
  const now = new AbortController();
  let first = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (signal: Deno.Signal) => {
    if (!drain.signal.aborted) {
      first = Date.now();
      const rest = options.drainSeconds > 0
        ? `finishes what runs (at most ${options.drainSeconds} s; once more: hands it back now)`
        : "hands back what runs";
      options.say(`Stopping: takes no new job, ${rest}.`);
      drain.abort();
      timer = setTimeout(() => now.abort(), options.drainSeconds * 1000);
    } else if (signal === "SIGTERM" || Date.now() - first >= SAME_CTRL_C_MS) now.abort();
  };
  options.launcherGone?.then(() => {
    drain.abort();
    now.abort();
  });
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const handlers = signals.map((signal) => [signal, () => stop(signal)] as const);
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
  return {
    drain: drain.signal,
    now: now.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
    },
  };
}
