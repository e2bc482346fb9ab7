import { join } from "@std/path";
import { uuidv7 } from "../../shared/ids.ts";

const FOLDER = "scratch";
/** Milliseconds after which a folder belongs to a gateway that died. */
const ABANDONED_MS = 24 * 3600_000;

export interface Scratch extends AsyncDisposable {
  path: string;
}

/** A folder for one import or export, on the disk that is known to be large; gone when it is disposed of. */
export async function openScratch(dataDir: string): Promise<Scratch> {
  const path = join(dataDir, FOLDER, uuidv7());
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}

/** What gateways that died have left: paths and bytes, removed when asked for. */
export async function abandonedScratch(
  dataDir: string,
  { remove }: { remove: boolean },
): Promise<{ path: string; bytes: number }[]> {
  const root = join(dataDir, FOLDER);
  const found: { path: string; bytes: number }[] = [];
  for await (const entry of entriesOf(root)) {
    const path = join(root, entry.name);
    const made = (await Deno.stat(path).catch(() => null))?.mtime?.getTime() ?? Date.now();
    if (Date.now() - made < ABANDONED_MS) continue;
    found.push({ path, bytes: await bytesIn(path) });
    if (remove) await Deno.remove(path, { recursive: true });
  }
  return found;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory ? await bytesIn(path) : (await Deno.stat(path).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

async function* entriesOf(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
}
