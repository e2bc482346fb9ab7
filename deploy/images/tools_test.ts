import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { until } from "../system/farm.ts";
import { GATEWAY, openProcess } from "../system/processes.ts";
import { freePort } from "../testing/free_port.ts";
import runtime from "./runtime.json" with { type: "json" };

const ROOT = join(import.meta.dirname!, "..", "..");

/**
 * The image's files laid out as its Dockerfile copies them, with its own settings: each of the commands for whoever runs the studio finds all
 * that it needs there. (What the container around it does, `try.ts` tries.)
 */
Deno.test("whoever runs the gateway's image has backup, fsck, housekeeping and studio in it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "studio-image-" });
  try {
    await layOut(folder);
    const env = {
      STUDIO_DATA: join(folder, "data"),
      PORT: String(freePort()),
      LOG_LEVEL: "warn",
      DENO_NO_UPDATE_CHECK: "1",
      // Where the tests' own task was called; paths are the container's.
      INIT_CWD: folder,
    };
    const gateway = openProcess(GATEWAY, env, folder);
    gateway.start();
    await until(
      "the image's gateway to be ready",
      async () => {
        const answer = await fetch(`http://127.0.0.1:${env.PORT}/readyz`);
        await answer.body?.cancel();
        return answer.ok;
      },
      gateway.output,
      120,
    ).finally(() => gateway.kill("SIGTERM"));
    const task = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", ...args],
        ...{ cwd: folder, env, stdin: "null" },
      }).output();
      const text = new TextDecoder();
      return { code, said: text.decode(stdout) + text.decode(stderr) };
    };
    const added = await task("studio", "add", "Salt");
    assert.equal(added.code, 0, added.said);
    const sound = await task("fsck");
    assert.equal(sound.code, 0, sound.said);
    const clean = await task("housekeeping");
    assert.equal(clean.code, 0, clean.said);
    const saved = await task("backup", "saved");
    assert.equal(saved.code, 0, saved.said);
    const [made] = await Array.fromAsync(Deno.readDir(join(folder, "saved")));
    await Deno.rename(env.STUDIO_DATA, `${env.STUDIO_DATA}-before`);
    const restored = await task("restore", join("saved", made!.name));
    assert.equal(restored.code, 0, restored.said);
    assert.equal((await task("studio", "list")).said.match(/Salt/)?.[0], "Salt");
    assert.deepEqual(Object.keys(runtime.tasks), ["backup", "restore", "fsck", "housekeeping", "studio"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function layOut(folder: string): Promise<void> {
  const text = await Deno.readTextFile(join(import.meta.dirname!, "gateway", "Dockerfile"));
  const lines = [...text.matchAll(/^COPY --from=build (\/studio\/.*) (\S+)$/gm)];
  assert.ok(lines.length > 5);
  for (const [, from, to] of lines) {
    const sources = from!.split(" ").map((path) => path.replace(/^\/studio\//, ""));
    for (const source of sources) {
      const at = sources.length > 1 || /\/$/.test(to!) ? join(to!, source.split("/").at(-1)!) : to!;
      await Deno.mkdir(dirname(join(folder, at)), { recursive: true });
      await Deno.symlink(join(ROOT, source), join(folder, at));
    }
  }
  await Deno.remove(join(folder, "deno.json"));
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(runtime));
}
