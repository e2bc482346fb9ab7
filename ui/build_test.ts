import assert from "node:assert/strict";
import { join } from "@std/path";

const ROOT = join(import.meta.dirname!, "..");

Deno.test("the browser's zod has everything that the sources use of it", async () => {
  const shim = await Deno.readTextFile(join(ROOT, "ui", "shims", "zod", "index.js"));
  const offered = new Set(shim.slice(shim.indexOf("export const z = {")).match(/\w+/g));
  const used = new Set<string>();
  for (const folder of ["shared", "ui"]) {
    for await (const path of sources(join(ROOT, folder))) {
      for (const [, name] of (await Deno.readTextFile(path)).matchAll(/\bz\.(\w+)/g)) used.add(name!);
    }
  }
  assert.ok(used.has("strictObject"));
  // Types only: they are gone when it is bundled.
  const missing = [...used].filter((name) =>
    !offered.has(name) && !["infer", "ZodType", "input", "output"].includes(name)
  );
  assert.deepEqual(missing, []);
});

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && entry.name !== "dist" && entry.name !== "shims") yield* sources(path);
    else if (/(?<!_test)\.tsx?$/.test(entry.name)) yield path;
  }
}
