import assert from "node:assert/strict";
import { join } from "@std/path";
import { asTenant } from "./db/mod.ts";
import { currentScope } from "./db/scope.ts";
import { uuidv7 } from "../shared/ids.ts";
import { outside } from "./outside.ts";

Deno.test("what a request loads leaves nobody else in that request's tenant", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "studio-outside-" });
  try {
    const fresh = async (name: string) => {
      const path = join(folder, `${name}.ts`);
      await Deno.writeTextFile(path, "export const here = true;\n");
      return `file://${path}`;
    };
    const [inside, without] = [await fresh("inside"), await fresh("without")];
    const system = currentScope();
    /** The scope in which a request begins that comes in now. */
    const begun = async (as: <T>(run: () => T) => T, load: () => Promise<unknown>) => {
      let found = "";
      await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
        if (request.url.endsWith("/load")) await asTenant(uuidv7(), load);
        else found = as(currentScope);
        return new Response();
      });
      const url = `http://127.0.0.1:${server.addr.port}`;
      await (await fetch(`${url}/load`)).body?.cancel();
      await (await fetch(url)).body?.cancel();
      return found;
    };
    await t.step("when it is loaded outside", async () => {
      assert.equal(await begun((run) => run(), () => outside(() => import(without))), system);
    });
    await t.step("and when a library loads something by itself, as requests begin outside", async () => {
      assert.equal(await begun(outside, () => import(inside)), system);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("whatever the gateway loads where it is needed, it loads so", async () => {
  const bare: string[] = [];
  const look = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) await look(path);
      else if (/(?<!_test)\.ts$/.test(name)) {
        for (const line of (await Deno.readTextFile(path)).split("\n")) {
          if (/(?<!typeof )\bimport\(["`]/.test(line) && !/\boutside\(\(\) => import\(/.test(line)) {
            bare.push(`${path}: ${line.trim()}`);
          }
        }
      }
    }
  };
  await look(import.meta.dirname!);
  assert.deepEqual(bare, []);
});
