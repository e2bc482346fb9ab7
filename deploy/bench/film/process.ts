export interface Cost {
  seconds: number;
  /** Seconds of processor time, with those of all it started. */
  cpu: number;
  /** MB of memory that it and all it started held at once, at most. */
  memory: number;
  stdout: string;
}

/** Runs a command to its end and measures it with everything that it starts. */
export async function measured(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  folder?: string,
): Promise<Cost> {
  // bash counts the time of all descendants that were waited for.
  const child = new Deno.Command("bash", {
    args: ["-c", `TIMEFORMAT="cost %R %U %S"; time "$0" "$@"`, command, ...args],
    ...(folder ? { cwd: folder } : {}),
    ...{ env, stdin: "null", stdout: "piped", stderr: "piped" },
  }).spawn();
  let memory = 0;
  const look = setInterval(() => memory = Math.max(memory, residentOf(child.pid)), 60);
  const { success, stdout, stderr } = await child.output();
  clearInterval(look);
  const said = new TextDecoder().decode(stderr);
  const times = /cost ([\d.]+) ([\d.]+) ([\d.]+)/.exec(said);
  if (!success || !times) throw new Error(`${command} failed: ${said.slice(-2000)}`);
  const [seconds, user, system] = times.slice(1).map(Number) as [number, number, number];
  return { seconds, cpu: user + system, memory: memory / 1e6, stdout: new TextDecoder().decode(stdout) };
}

/** Bytes of memory that a process and its descendants hold now (Linux; 0 elsewhere). */
function residentOf(root: number): number {
  const parents = new Map<number, { parent: number; pages: number }>();
  try {
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        parents.set(Number(name), { parent: Number(fields[1]), pages: Number(fields[21]) });
      } catch { /* it has ended */ }
    }
  } catch {
    return 0;
  }
  const within = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)?.parent) {
      if (at === root) return true;
    }
    return false;
  };
  let pages = 0;
  for (const [pid, each] of parents) if (within(pid)) pages += each.pages;
  return pages * 4096;
}
