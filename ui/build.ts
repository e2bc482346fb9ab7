import { join } from "@std/path";

/** `deno run -A ui/build.ts`: bundles the canvas into ui/dist, for the gateway to serve. */

const UI = import.meta.dirname!;
const DIST = join(UI, "dist");
const STYLES = [
  "tokens.css",
  "shell.css",
  "projects.css",
  "canvas.css",
  "panels.css",
  "timeline.css",
  "assets.css",
  "mask.css",
  "groups.css",
  "history.css",
  "people.css",
  "runners.css",
  "transfer.css",
  "keyboard.css",
];

if (import.meta.main) await build();

export async function build(): Promise<void> {
  await Deno.remove(DIST, { recursive: true }).catch(() => {});
  await Deno.mkdir(DIST, { recursive: true });
  await bundle(join(UI, "main.tsx"), DIST);
  for (const kind of ["js", "js.map"]) {
    await Deno.rename(join(DIST, `main.${kind}`), join(DIST, `app.${kind}`));
  }
  const flow = await Deno.readTextFile(join(UI, "..", "node_modules", "reactflow", "dist", "base.css"));
  const own = await Promise.all(STYLES.map((name) => Deno.readTextFile(join(UI, "styles", name))));
  await Deno.writeTextFile(join(DIST, "app.css"), [flow, ...own].join("\n"));
  const tag = (await digest(join(DIST, "app.js"))) + (await digest(join(DIST, "app.css")));
  const page = await Deno.readTextFile(join(UI, "index.html"));
  await Deno.writeTextFile(join(DIST, "index.html"), page.replaceAll("{{tag}}", tag));
}

/** With a zod that knows no more than what is used: see parse/zod.ts. */
async function bundle(entry: string, folder: string): Promise<void> {
  const map = JSON.parse(await Deno.readTextFile(join(UI, "..", "import_map.json")));
  map.imports.zod = toFileUrl(join(UI, "parse", "zod.ts"));
  const importMap = await Deno.makeTempFile({ prefix: "studio-import-map-", suffix: ".json" });
  try {
    await Deno.writeTextFile(importMap, JSON.stringify(map));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        `--import-map=${importMap}`,
        "--platform=browser",
        "--minify",
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
