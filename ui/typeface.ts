import { basename, join } from "@std/path";

const PACKAGE = join(import.meta.dirname!, "..", "node_modules", "@fontsource-variable", "inter");
/** What every page is written in; the other alphabets come when a word needs them. */
const FIRST = "inter-latin-wght-normal.woff2";

/** The studio's typeface as it lies in a build. */
export interface Typeface {
  /** Its `@font-face` rules. */
  css: string;
  /** The file that is wanted at once, by its name in the folder. */
  first: string;
}

/** Inter, from its package into a build, with its licence: nothing comes from another origin. Its files are named after their content. */
export async function layTypeface(folder: string): Promise<Typeface> {
  const rules = await Deno.readTextFile(join(PACKAGE, "index.css"));
  const names = new Map<string, string>();
  for (const [, path] of rules.matchAll(/url\(\.\/(files\/[\w-]+\.woff2)\)/g)) {
    const bytes = await Deno.readFile(join(PACKAGE, path!));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 4);
    const name = basename(path!).replace("-wght-normal.woff2", `-${hex(hash)}.woff2`);
    names.set(basename(path!), name);
    await Deno.writeFile(join(folder, name), bytes);
  }
  const first = names.get(FIRST);
  if (!first) throw new Error(`Cannot lay the typeface: its package has no ${FIRST}`);
  await Deno.copyFile(join(PACKAGE, "LICENSE"), join(folder, "inter-LICENSE.txt"));
  return {
    css: rules.replaceAll(/url\(\.\/files\/([\w-]+\.woff2)\)/g, (_, name) => `url(/${names.get(name)})`),
    first,
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
