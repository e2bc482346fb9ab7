import assert from "node:assert/strict";
import { join } from "@std/path";
import { cloneOf } from "../pushes/testing.ts";
import { share } from "./sharing.ts";
import { mustGit, runGit } from "./testing.ts";

Deno.test("locks that a machine left when it died stand in no push's way; a lock that is held is left alone", async () => {
  await using it = await share();
  const ada = await cloneOf(it);
  await ada.commit({ "04_Project_Files/one.txt": "one" });
  await mustGit(ada.path, ["push", "--quiet", "origin", "HEAD:look-b"]);
  const minuteAgo = new Date(Date.now() - 60_000);
  const locks = ["HEAD.lock", "packed-refs.lock", "refs/heads/main.lock", "refs/heads/look-b.lock"]
    .map((name) => join(it.gitDir, name));
  for (const lock of locks) {
    await Deno.writeTextFile(lock, "");
    await Deno.utime(lock, minuteAgo, minuteAgo);
  }
  await ada.commit({ "04_Project_Files/two.txt": "two" });
  await mustGit(ada.path, ["push", "--quiet", "origin", "HEAD:look-b"]);
  for (const lock of locks) await assert.rejects(Deno.stat(lock), Deno.errors.NotFound);

  const held = join(it.gitDir, "refs", "heads", "look-b.lock");
  await Deno.writeTextFile(held, "");
  await ada.commit({ "04_Project_Files/three.txt": "three" });
  const { code, err } = await runGit(ada.path, ["push", "--quiet", "origin", "HEAD:look-b"]);
  assert.notEqual(code, 0);
  assert.match(err, /failed to update ref|cannot lock ref|File exists/);
  assert.ok(await Deno.stat(held));
});
