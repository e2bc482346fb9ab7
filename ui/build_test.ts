import assert from "node:assert/strict";
import { join } from "@std/path";
import { build } from "./build.ts";
import { firstLoad, gzippedSize } from "./first_load.ts";

const ROOT = join(import.meta.dirname!, "..");
/** Bytes of JavaScript, gzipped, that a canvas may need before it can be used. */
const LIMIT = 150_000;

Deno.test("what is loaded first is at most 150 kB of JavaScript, with one Preact and no React", async () => {
  const folder = await Deno.makeTempDir({ prefix: "studio-build-" });
  try {
    await build({ folder });
    const first = await firstLoad(folder);
    const size = await gzippedSize(folder, first);
    assert.ok(
      size <= LIMIT,
      `${first.length} files, ${size} bytes gzipped: load what is not needed first when it is`,
    );
    assert.ok(size > 50_000, "the sum has lost files");
    const scripts = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) =>
      name.endsWith(".js")
    );
    const sources: string[] = [];
    const atFirst: string[] = [];
    for (const name of scripts) {
      const map = JSON.parse(await Deno.readTextFile(join(folder, `${name}.map`)));
      const its = map.sources.map((source: string) => source.replaceAll("\\", "/"));
      sources.push(...its);
      if (first.includes(name)) atFirst.push(...its);
    }
    for (
      const part of [
        "takes/compare.tsx",
        "preview/preview.tsx",
        "mask/painter.tsx",
        "inspector/node_panel.tsx",
        "palette/command_palette.tsx",
        "projects/projects_page.tsx",
        "people/people_page.tsx",
      ]
    ) {
      const is = (source: string) => source.endsWith(`/${part}`);
      assert.ok(sources.some(is) && !atFirst.some(is), `${part} comes when it is needed`);
    }
    assert.ok(
      !atFirst.some((source) => source.endsWith("/lucide-preact.mjs")),
      "what is loaded first takes its icons from components/icons.ts: through lucide's own door those of all pages come along",
    );
    assert.equal(sources.filter((source) => source.endsWith("/preact/src/create-element.js")).length, 1);
    for (
      const foreign of [/\/react(-dom)?\/cjs\//, /\/scheduler\//, /\/node_modules\/zod\//, /\/d3-color\//]
    ) {
      assert.deepEqual(sources.filter((source) => foreign.test(source)), []);
    }
    const page = await Deno.readTextFile(join(folder, "index.html"));
    for (const name of first) assert.ok(page.includes(`"/${name}`), `the page names ${name}`);
    const [, letters] = /<link rel="preload" as="font" [^>]*href="\/([\w.-]+)"/.exec(page)!;
    assert.ok((await Deno.stat(join(folder, letters!))).size > 10_000, "the typeface comes from here");
    assert.ok((await Deno.readTextFile(join(folder, "app.css"))).includes(`url(/${letters})`));
    // The gateway's Content-Security-Policy lets no script stand in the page, nor text be run as one.
    assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|\son\w+=|javascript:/i);
    for (const name of scripts) {
      assert.doesNotMatch(await Deno.readTextFile(join(folder, name)), /\bnew Function\(|\beval\(/, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The rules of the canvas once more, read by the zod that the browser has: also what zod_test.ts does not think of. */
Deno.test("all schemas can be made, and the canvas keeps its rules, with the browser's zod", async () => {
  const map = JSON.parse(await Deno.readTextFile(join(ROOT, "import_map.json")));
  map.imports.zod = new URL("./parse/zod.ts", import.meta.url).href;
  const folder = await Deno.makeTempDir({ prefix: "studio-zod-" });
  try {
    const importMap = join(folder, "import_map.json");
    await Deno.writeTextFile(importMap, JSON.stringify(map));
    const shared = [];
    for await (const path of sources(join(ROOT, "shared"))) shared.push(path);
    assert.ok(shared.length > 50);
    const all = join(folder, "all_test.ts");
    await Deno.writeTextFile(
      all,
      `for (const path of ${JSON.stringify(shared.map((path) => toFileUrl(path).href))}) await import(path);
Deno.test("loaded", () => {});`,
    );
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "-A",
        "--no-check",
        "--no-lock",
        `--import-map=${importMap}`,
        all,
        "shared/canvas",
        "shared/runners",
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    assert.ok(success, text.decode(stdout).slice(-4000) + text.decode(stderr).slice(-2000));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Not what only tests use: they may use all of zod. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (/(?<!_test|arbitrary|testing)\.ts$/.test(entry.name)) yield path;
  }
}

function toFileUrl(path: string): URL {
  return new URL(`file://${path.replaceAll("\\", "/").replace(/^(?!\/)/, "/")}`);
}
