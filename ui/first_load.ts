import { gzipSync } from "fflate";
import { join } from "@std/path";

/**
 * The files that a page loads before it is drawn: the entry and what it imports, directly or not. What is imported when it is needed
 * is none of them. Names in the folder, the entry first.
 */
export async function firstLoad(folder: string, entry = "app.js"): Promise<string[]> {
  const found = new Set([entry]);
  for (const name of found) {
    const text = await Deno.readTextFile(join(folder, name));
    // As esbuild writes them: `import{a as b}from"./chunk-X.js";`, `import"./chunk-X.js";`, `export{…}from"./chunk-X.js";`.
    for (
      const [, imported] of text.matchAll(/(?:^|[;}\n])(?:import|export)[^"'();]*?["']\.\/([\w-]+\.js)["']/g)
    ) {
      found.add(imported!);
    }
  }
  return [...found];
}

/** Bytes of files as they go over the wire. */
export async function gzippedSize(folder: string, names: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    names.map(async (name) => gzipSync(await Deno.readFile(join(folder, name)), { level: 9 }).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
