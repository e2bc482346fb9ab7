import assert from "node:assert/strict";
import { join } from "@std/path";
import { batchesOf, inLanes, testFiles } from "./batches.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

Deno.test("what is found are the tests that Deno finds, each in one batch", async () => {
  const { stdout } = await new Deno.Command("git", { args: ["ls-files", "shared", "ui"], cwd: ROOT })
    .output();
  const tracked = new TextDecoder().decode(stdout).split("\n").filter((path) => /_test\.tsx?$/.test(path));
  const found = await testFiles(ROOT, ["ui", "./shared/", "shared/ids_test.ts"]);
  for (const path of tracked) assert.ok(found.includes(path), path);
  assert.equal(new Set(found).size, found.length);
  assert.ok(found[0]!.startsWith("ui/") && found.at(-1)!.startsWith("shared/"));
  assert.ok(!found.some((path) => path.includes("shims") || path.includes("/dist/")));
  const batches = batchesOf("here", found, {});
  assert.ok(batches.length > 1);
  assert.deepEqual(batches.flatMap((batch) => batch.files), found);
  await assert.rejects(testFiles(ROOT, ["shared/nowhere"]), Deno.errors.NotFound);
});

Deno.test("work is done in as many lanes as asked for, in turn, and each once", async () => {
  const begun: number[] = [];
  let [now, most] = [0, 0];
  const waiting: (() => void)[] = [];
  const all = inLanes([0, 1, 2, 3, 4], 2, async (each) => {
    begun.push(each);
    most = Math.max(most, ++now);
    await new Promise<void>((go) => waiting.push(go));
    now--;
    return each * 2;
  });
  // The second lane is the first to be free, each time.
  for (let done = 0; done < 5; done++) {
    waiting.pop()!();
    await new Promise((later) => setTimeout(later));
  }
  assert.deepEqual(await all, [0, 2, 4, 6, 8]);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
  assert.equal(most, 2);
});
