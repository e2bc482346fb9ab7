import { join } from "@std/path";

/** Test files that one process runs, one after the other. */
export interface Batch {
  name: string;
  files: string[];
  env: Record<string, string>;
}

/** A process starts in a tenth of a second; so few files that what is left at the end is short, and that what they print is read. */
const SIZE = 8;

/** What Deno takes for a test. */
const TEST = /(?:^|[_.])test\.(?:ts|tsx|mts|js|mjs|jsx)$/;
/** What deno.json leaves out. */
const LEFT_OUT = /^(?:ui\/(?:shims|dist)|node_modules|\.studio)$/;

/** The test files below these paths, in their order and then the alphabet's. Errors: a path that is not there. */
export async function testFiles(root: string, paths: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  const add = async (path: string): Promise<void> => {
    if ((await Deno.stat(join(root, path))).isFile) return void files.add(path);
    const entries = (await Array.fromAsync(Deno.readDir(join(root, path)))).toSorted((a, b) =>
      a.name < b.name ? -1 : 1
    );
    for (const entry of entries) {
      const inside = `${path}/${entry.name}`;
      if (LEFT_OUT.test(inside)) continue;
      if (entry.isDirectory) await add(inside);
      else if (TEST.test(entry.name)) files.add(inside);
    }
  };
  for (const path of paths) await add(path.replaceAll("\\", "/").replace(/^\.\//, "").replace(/\/+$/, ""));
  return [...files];
}

/** Neighbours stay together. */
export function batchesOf(what: string, files: readonly string[], env: Record<string, string>): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < files.length; from += SIZE) {
    const some = files.slice(from, from + SIZE);
    batches.push({ name: `${what}: ${some[0]} …`, files: some, env });
  }
  return batches;
}

/**
 * Does all of `work`, `lanes` of them at a time, each begun in turn as soon as a lane is free: long ones first leave short ones for the end.
 * The results in the order of the work.
 */
export async function inLanes<T, R>(
  work: readonly T[],
  lanes: number,
  done: (each: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    while (next < work.length) {
      const mine = next++;
      results[mine] = await done(work[mine]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, work.length) }, lane));
  return results;
}
