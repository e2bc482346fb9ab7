import assert from "node:assert/strict";
import { join } from "@std/path";
import { findGoProgram, GIT_LFS_SERVER_TEST } from "../../deploy/testing/go_program.ts";
import { infoLfs, openLfsStory } from "./testing.ts";

const program = await findGoProgram(GIT_LFS_SERVER_TEST);
if ("missing" in program) console.warn(`Skipped: the git-lfs server test: ${program.missing}`);

Deno.test({
  name: "the git-lfs project's own server test passes",
  ignore: "missing" in program,
  async fn() {
    await using story = await openLfsStory();
    const home = await Deno.makeTempDir({ prefix: "studio-lfs-api-" });
    try {
      await Deno.writeTextFile(
        join(home, ".netrc"),
        `machine 127.0.0.1 login artist password ${story.test.tokens.artist}\n`,
      );
      const env = { HOME: home, PATH: Deno.env.get("PATH") ?? "", GIT_TERMINAL_PROMPT: "0" };
      const run = (command: string, ...args: string[]) =>
        new Deno.Command(command, { args, cwd: home, env, clearEnv: true, stdin: "null" }).output();
      await run("git", "init", "-q", ".");
      const url = story.baseUrl + infoLfs(story.project);
      const { code, stdout, stderr } = await run((program as { path: string }).path, `--url=${url}`);
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assert.equal(code, 0, said);
      assert.match(said, /All tests passed/);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
