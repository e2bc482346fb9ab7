import { basename, extname, join } from "@std/path";
import { firstLoad } from "./first_load.ts";
import { digestOf, madeFrom, markMade } from "./made_from.ts";
import { layTypeface } from "./typeface.ts";

/** `deno run -A ui/build.ts`: bundles the canvas into ui/dist, for the gateway to serve, unless it lies there as it would become. */

const UI = import.meta.dirname!;
const DIST = join(UI, "dist");
/** All that a bundle can come from, in the repository. */
const MADE_FROM = ["ui", "shared", "deno.json", "deno.lock", "import_map.json"];
const LEFT_OUT = /^ui\/dist(\.|$)|_test\.tsx?$|\.md$/;
const STYLES = [
  "tokens.css",
  "shell.css",
  "projects.css",
  "canvas.css",
  "panels.css",
  "inspector.css",
  "compare.css",
  "timeline.css",
  "assets.css",
  "mask.css",
  "groups.css",
  "library.css",
  "history.css",
  "branches.css",
  "people.css",
  "runners.css",
  "operations.css",
  "transfer.css",
  "kept.css",
  "queue.css",
  "farm.css",
  "keyboard.css",
  "pool.css",
];

if (import.meta.main) await build();

export interface BuildOptions {
  /** Where the build goes; what was there is gone. By default where the gateway looks. */
  folder?: string;
  /** Instead of main.tsx: for a test that watches from within. */
  entry?: string;
  /** By default true; false keeps the names of components. */
  minify?: boolean;
}

export async function build({ folder = DIST, ...how }: BuildOptions = {}): Promise<void> {
  const from = JSON.stringify(how) + await digestOf(join(UI, ".."), MADE_FROM, LEFT_OUT);
  // An entry elsewhere can change without a word here.
  if (!how.entry && await madeFrom(folder, from)) return;
  // Whole or not at all: a gateway serves what was there until the new one is.
  const fresh = `${folder}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    await buildInto(fresh, how);
    await markMade(fresh, from);
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.rename(fresh, folder);
  } finally {
    await Deno.remove(fresh, { recursive: true }).catch(() => {});
  }
}

async function buildInto(
  folder: string,
  { entry = join(UI, "main.tsx"), minify = true }: Omit<BuildOptions, "folder">,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await bundle(entry, folder, minify);
  const name = basename(entry, extname(entry));
  for (const kind of ["js", "js.map"]) {
    await Deno.rename(join(folder, `${name}.${kind}`), join(folder, `app.${kind}`));
  }
  const flow = await Deno.readTextFile(join(UI, "..", "node_modules", "reactflow", "dist", "base.css"));
  const typeface = await layTypeface(folder);
  const own = await Promise.all(STYLES.map((name) => Deno.readTextFile(join(UI, "styles", name))));
  await Deno.writeTextFile(join(folder, "app.css"), [typeface.css, flow, ...own].join("\n"));
  const tag = (await digest(join(folder, "app.js"))) + (await digest(join(folder, "app.css")));
  // All of the first load at once, not one after the other as each file names the next.
  const [, ...first] = await firstLoad(folder);
  const preload = [
    `    <link rel="preload" as="font" type="font/woff2" crossorigin href="/${typeface.first}">\n`,
    ...first.map((each) => `    <link rel="modulepreload" href="/${each}">\n`),
  ].join("");
  const page = await Deno.readTextFile(join(UI, "index.html"));
  await Deno.writeTextFile(
    join(folder, "index.html"),
    page.replaceAll("{{tag}}", tag).replace("    <!-- preload -->\n", preload),
  );
}

/** With a zod that knows no more than what is used: see parse/zod.ts. */
async function bundle(entry: string, folder: string, minify: boolean): Promise<void> {
  const map = JSON.parse(await Deno.readTextFile(join(UI, "..", "import_map.json")));
  map.imports.zod = toFileUrl(join(UI, "parse", "zod.ts"));
  const icons = "lucide-preact/icons/";
  map.imports[icons] = toFileUrl(join(UI, "..", map.imports[icons]));
  const importMap = await Deno.makeTempFile({ prefix: "studio-import-map-", suffix: ".json" });
  try {
    await Deno.writeTextFile(importMap, JSON.stringify(map));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        `--import-map=${importMap}`,
        "--platform=browser",
        ...(minify ? ["--minify"] : []),
        "--sourcemap=external",
        // What is imported when it is needed becomes a file of its own, named after its content.
        "--code-splitting",
        "--outdir",
        folder,
        entry,
      ],
      cwd: join(UI, ".."),
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`Cannot bundle the canvas: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(importMap);
  }
}

function toFileUrl(path: string): string {
  return new URL(`file://${path.replaceAll("\\", "/").replace(/^(?!\/)/, "/")}`).href;
}

async function digest(path: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path)));
  return Array.from(hash.slice(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
