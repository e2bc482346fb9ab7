import assert from "node:assert/strict";
import { join } from "@std/path";
import { asTenant, currentScope, loaded } from "./scope.ts";

const GATEWAY = join(import.meta.dirname!, "..");

Deno.test("a module that a request loads leaves nothing of that request to the next", async () => {
  const scopes: string[] = [];
  let modules = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async () => {
    scopes.push(currentScope());
    await asTenant(null, () => loaded(() => import(`data:text/javascript,export default ${modules++}`)));
    return new Response();
  });
  for (let asked = 0; asked < 3; asked++) {
    await (await fetch(`http://127.0.0.1:${server.addr.port}`)).body?.cancel();
  }
  await server.shutdown();
  assert.deepEqual(scopes, [currentScope(), currentScope(), currentScope()]);
});

Deno.test("whatever the gateway loads where it is needed, it loads so", async () => {
  const bare: string[] = [];
  const look = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory) await look(path);
      else if (/(?<!_test)\.ts$/.test(name)) {
        for (const line of (await Deno.readTextFile(path)).split("\n")) {
          if (/(?<!typeof )\bimport\(["`]/.test(line) && !/\bloaded\(\(\) => import\(/.test(line)) {
            bare.push(`${path}: ${line.trim()}`);
          }
        }
      }
    }
  };
  await look(GATEWAY);
  assert.deepEqual(bare, []);
});
