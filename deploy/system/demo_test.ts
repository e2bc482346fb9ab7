import assert from "node:assert/strict";
import { join } from "@std/path";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import { FRAMES, SHOTS, TAKES } from "../demo/film.ts";
import { findOtio, readWithOtio } from "../testing/otio.ts";
import { git } from "./agree.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

Deno.test("one command makes a film, and everything it promised is there", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "studio-demo-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "deploy/demo/demo.ts", "--once"],
      cwd: ROOT,
      env: { STUDIO_DATA: join(folder, "studio") },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(success, text + new TextDecoder().decode(stderr));
    const said = JSON.parse(text.trim().split("\n").at(-1)!) as {
      film: string;
      edl: string;
      repository: string;
      project: string;
      takes: number;
    };
    assert.deepEqual(Object.keys(said).sort(), ["edl", "film", "project", "repository", "takes"]);
    assert.equal(said.takes, (SHOTS.length + 1) * TAKES);

    await t.step("the film has the frames that the EDL adds up to", async () => {
      assert.equal(await frameCount(said.film), FRAMES);
    });
    const otio = await findOtio();
    if ("missing" in otio) console.warn(`Skipped, the demo's EDL in OpenTimelineIO: ${otio.missing}.`);
    else {
      await t.step("OpenTimelineIO reads its EDL to the same frames, shot by shot", async () => {
        const read = await readWithOtio(otio.python, await Deno.readTextFile(said.edl), 24);
        assert.equal(read.frames, FRAMES);
        assert.deepEqual(
          read.items.map((item) => item.name),
          SHOTS.map((shot) => `${shot.shot}_v01_take0${shot.active}`),
        );
      });
    }
    await t.step("git fsck is clean, and every pointer resolves to its object", async () => {
      await git(said.repository, "fsck", "--strict");
      const files = (await git(said.repository, "ls-tree", "-r", "--name-only", "main")).split("\n").filter(
        Boolean,
      );
      let pointers = 0;
      for (const file of files) {
        const pointer = parsePointer(await git(said.repository, "show", `main:${file}`));
        if (!pointer) continue;
        pointers++;
        assert.deepEqual(await storedObject(join(folder, "studio", "objects"), pointer.oid), pointer);
      }
      assert.equal(pointers, said.takes + 1, "every take and the film");
      const manifest = JSON.parse(await git(said.repository, "show", "main:project.json"));
      for (const shot of SHOTS) {
        assert.equal(manifest.shots[shot.shot].active, `${shot.shot}_v01_take0${shot.active}`);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function frameCount(path: string): Promise<number> {
  const { stdout } = await new Deno.Command("ffprobe", {
    args: [
      "-v",
      "error",
      "-select_streams",
      "v:0",
      "-count_frames",
      "-show_entries",
      "stream=nb_read_frames",
      "-of",
      "csv=p=0",
      path,
    ],
  }).output();
  return Number(new TextDecoder().decode(stdout).trim().split(",")[0]);
}

/** Size and SHA-256 of what the store on disk really holds under this oid. */
async function storedObject(objects: string, oid: string): Promise<{ oid: string; size: number } | null> {
  for await (const path of walk(objects)) {
    if (!path.endsWith(oid)) continue;
    const bytes = await Deno.readFile(path);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return {
      oid: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      size: bytes.length,
    };
  }
  return null;
}

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* walk(path);
    else yield path;
  }
}
