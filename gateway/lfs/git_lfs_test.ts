import assert from "node:assert/strict";
import { join } from "@std/path";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import { s3Skipped } from "../objects/testing.ts";
import { type LfsStory, openLfsStory, pointerOf } from "./testing.ts";

const noS3 = await s3Skipped();

for (const kind of ["disk", "S3"] as const) {
  Deno.test({
    name: `git lfs pushes a film to a project and clones it again, objects on ${kind}`,
    ignore: kind === "S3" && noS3,
    async fn() {
      await using story = await openLfsStory(kind);
      const folder = await Deno.makeTempDir({ prefix: "studio-git-lfs-" });
      try {
        await pushAndClone(story, folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function pushAndClone(story: LfsStory, folder: string): Promise<void> {
  const { test, project, baseUrl } = story;
  const host = new URL(baseUrl).host;
  const url = (token: string) =>
    `http://artist:${token}@${host}/git/${project.tenant_slug}/${project.slug}.git`;
  const git = (cwd: string, ...args: string[]) => runGit(cwd, folder, args);
  await git(folder, "lfs", "install", "--skip-repo");
  await git(folder, "clone", "-q", url(test.tokens.artist), "artist");
  const work = join(folder, "artist");
  const plate = crypto.getRandomValues(new Uint8Array(60_000)).slice();
  await Deno.mkdir(join(work, "01_Assets", "Video"), { recursive: true });
  await Deno.writeFile(join(work, "01_Assets", "Video", "plate.mp4"), plate);
  await Deno.writeFile(join(work, "01_Assets", "Video", "same again.mp4"), plate);
  await git(work, "add", ".");
  await git(work, "commit", "-qm", "A plate");
  await git(work, "push", "-q", "origin", "HEAD");

  const { oid, size } = pointerOf(plate);
  const text = await git(work, "show", "HEAD:01_Assets/Video/plate.mp4");
  assert.deepEqual(parsePointer(text), { oid, size });
  assert.equal(await test.studio.lfs.ready(test.studio.db.sql, project.id, oid), size);

  await git(folder, "clone", "-q", url(test.tokens.viewer), "viewer");
  assert.deepEqual(await Deno.readFile(join(folder, "viewer", "01_Assets", "Video", "plate.mp4")), plate);
  assert.match(await git(join(folder, "viewer"), "lfs", "fsck"), /OK/);
  assert.ok(!test.lines.some((line) => JSON.parse(line).level === "error"), test.lines.join("\n"));
}

/** With a home of its own: nobody's configuration or credentials take part. */
async function runGit(cwd: string, home: string, args: string[]): Promise<string> {
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "An Artist",
    GIT_AUTHOR_EMAIL: "artist@example.org",
    GIT_COMMITTER_NAME: "An Artist",
    GIT_COMMITTER_EMAIL: "artist@example.org",
  };
  const command = new Deno.Command("git", { args, cwd, env, clearEnv: true, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  assert.ok(success, `git ${args.slice(0, 2).join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
