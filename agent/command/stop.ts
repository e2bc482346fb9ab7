export interface StopSignals extends Disposable {
  drain: AbortSignal;
  now: AbortSignal;
}

/**
 * A signal reaches the agent twice when a terminal sends Ctrl-C to the whole group, or systemd SIGTERM to the whole
 * control group, and the launcher forwards its own copy: within this time it is one wish.
 */
const SAME_WISH_MS = 500;

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
  const stop = () => {
    if (!drain.signal.aborted) {
      first = Date.now();
      const rest = options.drainSeconds > 0
        ? `finishes what runs (at most ${options.drainSeconds} s; once more: hands it back now)`
        : "hands back what runs";
      options.say(`Stopping: takes no new job, ${rest}.`);
      drain.abort();
      timer = setTimeout(() => now.abort(), options.drainSeconds * 1000);
    } else if (Date.now() - first >= SAME_WISH_MS) now.abort();
  };
  options.launcherGone?.then(() => {
    drain.abort();
    now.abort();
  });
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return {
    drain: drain.signal,
    now: now.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of signals) Deno.removeSignalListener(signal, stop);
    },
  };
}
