import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "@std/path";
import { share } from "../../gateway/git/sharing.ts";
import { mustGit } from "../../gateway/git/testing.ts";
import { cloneOf, lfsFilters } from "../../gateway/pushes/testing.ts";

const MIB = 1024 ** 2;
/** Bytes that Git itself must take: what was not given to LFS. */
const PUSH = Number(Deno.env.get("LARGE_PUSH_MB") ?? 300) * MIB;
const FILM = 1024 * MIB;
/** What the gateway may grow by, whatever passes through: its own pages, and buffers on the way. */
const HELD = 200 * MIB;

/** Set in the process that this file starts for itself: what earlier files left in memory is not the gateway's. */
const ALONE = "LARGE_TEST_ALONE";

Deno.test({
  name: "a large push and a film of 1 GB go through, and the gateway never holds them",
  fn: Deno.env.has(ALONE) ? goThrough : async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", import.meta.filename!],
      env: { [ALONE]: "1" },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    assert.ok(success, text.decode(stdout) + text.decode(stderr));
  },
});

async function goThrough(t: Deno.TestContext): Promise<void> {
  await using it = await share();
  let most = 0;
  const before = Deno.memoryUsage().rss;
  const watch = setInterval(() => most = Math.max(most, Deno.memoryUsage().rss - before), 20);
  try {
    await t.step(`${PUSH / MIB} MB in one push`, async () => {
      const clone = await cloneOf(it, "artist", "pack");
      const path = join(clone.path, "04_Project_Files", "scene.dat");
      await writeChance(path, PUSH);
      const plain = ["-c", "core.compression=0", "-c", "core.bigFileThreshold=1m"];
      await mustGit(clone.path, [...plain, "add", "."]);
      await mustGit(clone.path, ["commit", "--quiet", "-m", "A scene"]);
      await mustGit(clone.path, [...plain, "push", "--quiet"]);
      const size = await mustGit(it.gitDir, ["cat-file", "-s", "main:04_Project_Files/scene.dat"]);
      assert.equal(Number(size), PUSH);
      await Deno.remove(clone.path, { recursive: true });
      assert.ok(most < HELD, `the gateway grew by ${Math.round(most / MIB)} MiB`);
    });
    await t.step("1 GB through git lfs, there and back", async () => {
      const skip = { GIT_LFS_SKIP_SMUDGE: "1" };
      await mustGit(it.folder, [
        "clone",
        "--quiet",
        "--filter=blob:limit=1m",
        "--no-checkout",
        it.url("artist"),
        "film",
      ], skip);
      const clone = join(it.folder, "film");
      await mustGit(clone, ["lfs", "install", "--local"]);
      await mustGit(clone, ["sparse-checkout", "set", "01_Assets"]);
      await mustGit(clone, ["checkout", "--quiet", "main"], skip);
      const path = join(clone, "01_Assets", "Video", "film.mp4");
      {
        using file = await Deno.open(path, { write: true, create: true });
        await file.truncate(FILM);
        await file.write(new TextEncoder().encode("a long film"));
      }
      const oid = await hashOf(path);
      await mustGit(clone, ["add", "."]);
      await mustGit(clone, ["commit", "--quiet", "-m", "A film"]);
      most = 0;
      await mustGit(clone, ["push", "--quiet"]);
      const { studio } = it.world;
      assert.equal(await studio.lfs.ready(studio.db.sql, it.project.id, oid), FILM);
      await Deno.remove(join(clone, ".git", "lfs", "objects"), { recursive: true });
      await Deno.remove(path);
      await mustGit(clone, [...lfsFilters, "lfs", "pull"], { GIT_LFS_SKIP_SMUDGE: "0" });
      assert.equal(await hashOf(path), oid);
      assert.ok(most < HELD, `the gateway grew by ${Math.round(most / MIB)} MiB`);
    });
  } finally {
    clearInterval(watch);
  }
}

/** Bytes that no packer makes smaller: a block of chance, over and over, each with its number. */
async function writeChance(path: string, size: number): Promise<void> {
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  using file = await Deno.open(path, { write: true, create: true });
  const some = new Uint8Array(4 * MIB);
  for (let at = 0; at < size; at += some.length) {
    for (let inner = 0; inner < some.length; inner += block.length) {
      some.set(block, inner);
      new DataView(some.buffer).setFloat64(inner, at + inner);
    }
    for (let written = 0; written < some.length;) written += await file.write(some.subarray(written));
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: MIB })) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
