import assert from "node:assert/strict";
import { originalOf } from "./original.ts";

Deno.test("who could not open is told why, though closing failed as well", async () => {
  const why = new Error("the database is away");
  const open = async () => {
    await using opened = new AsyncDisposableStack();
    opened.defer(() => Promise.reject(new Error("not closed either")));
    opened.defer(() => Promise.reject(new Error("nor this")));
    throw why;
  };
  assert.equal(originalOf(await open().catch((error) => error)), why);
  assert.equal(originalOf(why), why);
});
