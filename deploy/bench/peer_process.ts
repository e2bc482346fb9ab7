/** A server beside which the studio is measured. */
export interface Peer extends AsyncDisposable {
  url: string;
}

export interface Serving extends AsyncDisposable {
  pid: number;
  /** What it said when it ended. */
  ended: Promise<string>;
}

export function serve(
  program: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Serving {
  const child = new Deno.Command(program, {
    args,
    ...options,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = new Response(child.stderr).text();
  return {
    pid: child.pid,
    ended,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended already.
      }
      await child.status;
      await ended;
    },
  };
}

/** Until it speaks HTTP; rejects with what it said when it ended. */
export async function answering(url: string, { ended }: Serving): Promise<void> {
  let said: string | null = null;
  void ended.then((text) => said = text);
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    if (said !== null) throw new Error(`The server for ${url} ended: ${said}`);
    try {
      await (await fetch(url)).body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`Nothing answers at ${url}`);
}
