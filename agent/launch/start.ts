/** A program that was started, and how it ends. */
export interface Started {
  exit: Promise<number>;
  /** What it is asked to do first, and what happens to it `ms` later if it has not. */
  end(ms: number): Promise<void>;
}

/**
 * Starts Deno with these arguments. Signals are handed on while it runs. Its stdin is never written to: its end tells it that this process is
 * gone; `terminal` gives it the person's own instead.
 */
export function startDeno(
  args: readonly string[],
  env: Record<string, string>,
  options: { terminal?: boolean; variables?: Record<string, string> } = {},
): Started {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    // Deno refuses to start any program while a variable that changes how programs are loaded is set.
    clearEnv: true,
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !/^(LD|DYLD)_/.test(name))),
      ...options.variables,
    },
    stdin: options.terminal ? "inherit" : "piped",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const handlers = signals.map((signal) => {
    const forward = () => kill(child, signal);
    Deno.addSignalListener(signal, forward);
    return [signal, forward] as const;
  });
  // Whoever started this process and may die without a word holds the other end of stdin (deploy/start).
  if (env.AGENT_PARENT === "stdin") void endOfStdin().then(() => stopNow(child));
  return {
    exit: (async () => {
      try {
        return (await child.status).code;
      } finally {
        for (const [signal, forward] of handlers) Deno.removeSignalListener(signal, forward);
        if (!options.terminal) await child.stdin.close().catch(() => {});
      }
    })(),
    async end(ms) {
      await stopNow(child);
      const timer = setTimeout(() => kill(child, "SIGKILL"), ms);
      await child.status;
      clearTimeout(timer);
    },
  };
}

let ended: Promise<void> | null = null;

/** There is one stdin, and several programs in a row may wait for its end. */
function endOfStdin(): Promise<void> {
  ended ??= (async () => {
    const piece = new Uint8Array(16);
    while (await Deno.stdin.read(piece).catch(() => null) !== null);
  })();
  return ended;
}

/** Twice means now: what runs is handed back. */
async function stopNow(child: Deno.ChildProcess): Promise<void> {
  for (const _ of [1, 2]) {
    if (!kill(child, "SIGTERM")) return;
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
}

/** False when it has ended already. */
function kill(child: Deno.ChildProcess, signal: Deno.Signal): boolean {
  try {
    child.kill(signal);
    return true;
  } catch {
    return false;
  }
}
