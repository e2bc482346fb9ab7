/** A process as the machine lists it. */
interface Listed {
  pid: number;
  parent: number;
  /** Its command line and environment, as far as they may be read. */
  about: string;
}

/** What the machine runs; nothing where it has no /proc. */
async function* listed(): AsyncGenerator<Listed> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir("/proc"));
  } catch {
    return;
  }
  const read = (path: string) => Deno.readTextFile(path).catch(() => "");
  for (const { name } of entries) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await read(`/proc/${name}/stat`);
    // `pid (name) state parent …`; a name may hold anything.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (!parent || state === "Z") continue;
    const about = `${await read(`/proc/${name}/cmdline`)} ${await read(`/proc/${name}/environ`)}`;
    yield { pid: Number(name), parent: Number(parent), about: about.replaceAll("\0", " ") };
  }
}

/** What a process has started, and what those have, and so on. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const children = Map.groupBy(await Array.fromAsync(listed()), (each) => each.parent);
  const of = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((each) => [each.pid, ...of(each.pid)]);
  return of(pid);
}

/** Processes that have something to do with a folder: in their command line or environment. Without this one. */
export async function processesAbout(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { pid, about } of listed()) {
    if (pid !== Deno.pid && about.includes(folder)) found.push(`${pid} ${about.slice(0, 200)}`);
  }
  return found;
}
