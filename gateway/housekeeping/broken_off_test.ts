import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { share } from "../git/sharing.ts";
import { git, spawnGit } from "../git/mod.ts";
import { until } from "../git/testing.ts";
import { inWords } from "./mod.ts";
import { keep } from "./testing.ts";

Deno.test("what Git was writing when its machine died is found a day later, and nothing else of the repository", async () => {
  await using it = await share();
  const { gitDir, world } = it;
  const before = await git(["rev-list", "--objects", "--all"], { gitDir });
  const pack = await dyingPack(gitDir);
  const written = [
    "objects/tmp_objdir-incoming-x1y2z3/pack/tmp_pack_abc",
    "objects/aa/tmp_obj_q1w2e3",
    "objects/pack/.tmp-77-pack-00",
    "refs/heads/look-b.lock",
    "packed-refs.lock",
    "fast_import_crash_77",
  ].map((name) => join(gitDir, name));
  for (const path of written) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, "bytes");
  }
  assert.deepEqual(await keep(world, true), [], "of what is younger somebody may still be at work");

  const longAgo = new Date(Date.now() - 2 * 24 * 3600_000);
  const quarantine = join(gitDir, "objects/tmp_objdir-incoming-x1y2z3");
  for (const path of [...written, pack, dirname(written[0]!), quarantine]) {
    await Deno.utime(path, longAgo, longAgo);
  }
  assert.match(
    inWords(await keep(world, false), { remove: false }),
    /7 files of pushes and commits that broke off/,
  );
  await keep(world, true);
  for (const path of [...written, pack, quarantine]) {
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound, path);
  }
  assert.deepEqual(await keep(world, true), []);
  await git(["fsck", "--strict"], { gitDir });
  assert.equal(await git(["rev-list", "--objects", "--all"], { gitDir }), before);
});

/** The file that a git which is killed over a pack leaves. */
async function dyingPack(gitDir: string): Promise<string> {
  const folder = join(gitDir, "objects", "pack");
  const child = spawnGit(["index-pack", "--stdin"], { gitDir });
  const input = child.stdin.getWriter();
  // A pack of a thousand objects (gitformat-pack), of which none comes.
  await input.write(new Uint8Array([...new TextEncoder().encode("PACK"), 0, 0, 0, 2, 0, 0, 3, 232]));
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(folder)).catch(() => [])).map((entry) => entry.name);
  const begun = (name: string) => name.startsWith("tmp_pack_");
  await until("the pack to be begun", async () => (await names()).some(begun));
  child.kill("SIGKILL");
  await Promise.all([
    child.status,
    child.stdout.cancel(),
    child.stderr.cancel(),
    input.close().catch(() => {}),
  ]);
  return join(folder, (await names()).find(begun)!);
}
