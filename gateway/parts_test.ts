import assert from "node:assert/strict";
import { createLog } from "./http/mod.ts";
import { Parts } from "./parts.ts";

Deno.test("a part that does not end is named, and the others are closed all the same, last opened first", async () => {
  const lines: string[] = [];
  const log = createLog({ terminal: false, write: (line) => lines.push(line) });
  const parts = new Parts(log, 50);
  const closed: string[] = [];
  const part = (name: string) => ({ [Symbol.dispose]: () => void closed.push(name) });
  const hang = Promise.withResolvers<void>();
  parts.use("the database", part("the database"));
  parts.use("git", { [Symbol.asyncDispose]: () => hang.promise });
  parts.use("events", { [Symbol.asyncDispose]: () => Promise.reject(new Error("the line broke")) });
  parts.use("jobs", part("jobs"));
  assert.deepEqual(parts.names, ["jobs", "events", "git", "the database"]);
  const ending = parts[Symbol.asyncDispose]();
  await assert.rejects(ending, /events did not close: the line broke; git had not ended after 0.05 s/);
  assert.deepEqual(closed, ["jobs", "the database"]);
  assert.match(lines.join(), /did not end in time.*git/);
  hang.resolve();
});
