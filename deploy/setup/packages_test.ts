import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { layPackages } from "./packages.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

Deno.test("a program that starts leaves the packages as they lie, so that one beside it finds them", async () => {
  const before = await linked(ROOT);
  assert.equal(before.length, 4);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", 'import "zod"; import "react";'],
    cwd: ROOT,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.deepEqual(await linked(ROOT), before);
});

Deno.test("packages are laid once, and again when what they are made of has changed", async () => {
  const root = await Deno.makeTempDir({ prefix: "studio-packages-" });
  try {
    await Deno.writeTextFile(
      join(root, "deno.json"),
      JSON.stringify({
        importMap: "./import_map.json",
        nodeModulesDir: "manual",
        links: ["./ui/shims/react"],
      }),
    );
    await Deno.writeTextFile(join(root, "import_map.json"), '{ "imports": { "react": "npm:react@18.3.1" } }');
    await Deno.writeTextFile(join(root, "deno.lock"), '{ "version": "5" }');
    const shim = join(root, "ui", "shims", "react");
    await Deno.mkdir(shim, { recursive: true });
    await Deno.writeTextFile(join(shim, "package.json"), '{ "name": "react", "version": "18.3.1" }');
    await Deno.writeTextFile(join(shim, "index.js"), "export const laid = 1;");

    await layPackages(root);
    const first = await linked(root);
    assert.equal(first.length, 1);
    await layPackages(root);
    assert.deepEqual(await linked(root), first);

    await Deno.remove(join(shim, "index.js"));
    await Deno.writeTextFile(join(shim, "index.js"), "export const laid = 2;");
    await layPackages(root);
    assert.match(await Deno.readTextFile(join(root, "node_modules", "react", "index.js")), /laid = 2/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

/** The folders of linked packages, and when something in them last came or went. */
async function linked(root: string): Promise<string[]> {
  const { links } = JSON.parse(await Deno.readTextFile(join(root, "deno.json"))) as { links: string[] };
  return await Promise.all(links.map(async (link) => {
    const name = link.slice(dirname(link).length + 1);
    const found = [];
    for await (const entry of Deno.readDir(join(root, "node_modules", ".deno"))) {
      if (entry.name.startsWith(`${name}@`)) found.push(entry.name);
    }
    assert.equal(found.length, 1);
    const folder = join(root, "node_modules", ".deno", found[0]!, "node_modules", name);
    const { ino, mtime } = await Deno.stat(folder);
    return `${name} ${ino} ${mtime!.getTime()}`;
  }));
}
