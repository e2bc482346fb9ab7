/** Processes that a process has started, itself first, and theirs. */
export async function treeOf(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // The name in brackets may hold anything, brackets too: the parent is the second word behind the last.
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...children.get(parent) ?? [], Number(name)]);
  }
  const all = [root];
  for (const each of all) all.push(...children.get(each) ?? []);
  return all;
}

/** MiB of RAM that processes hold together: what several share counts once (PSS). */
export async function together(pids: number[]): Promise<number> {
  let kib = 0;
  for (const pid of pids) {
    // One that has just ended holds nothing.
    const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`).catch(gone);
    kib += Number(/^Pss: +(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return kib / 1024;
}

/** MiB of RAM of one process with all that it maps (RSS): also what the bench, of the same program, happens to share with it. */
export async function alone(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

/** Seconds of processor time that processes have used so far. */
export async function busy(pids: number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(gone);
    const words = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(words[11] ?? 0) + Number(words[12] ?? 0);
  }
  // USER_HZ is 100 on every Linux that Deno runs on.
  return ticks / 100;
}

function gone(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) throw error;
  return "";
}
