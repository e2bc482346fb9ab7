import assert from "node:assert/strict";
import { join } from "@std/path";
import { mustGit, runGit } from "../../gateway/git/testing.ts";
import type { Canvas } from "../../shared/api/project.ts";
import type { z } from "zod";
import type { Project } from "../demo/client.ts";
import { startPostgres } from "../testing/postgres.ts";
import { git } from "./agree.ts";
import { openFarm, until } from "./farm.ts";

const ROUNDS = Number(Deno.env.get("KILL_ROUNDS") ?? 5);

/**
 * SIGKILL at whatever moment of a push and of the gateway's own commits: the repository opens, the database agrees with it, and
 * what was acknowledged is there. The moments are chance's; each round's is told when it fails.
 */
Deno.test("a gateway that is killed while people push and the canvas changes loses nothing that it acknowledged", async () => {
  await using server = await startPostgres({ durable: true });
  await using farm = await openFarm({ databaseUrl: server.url });
  const { session } = farm;
  const project = await session.call<Project>("POST", "/projects", {
    title: "Killed",
    width: 320,
    height: 180,
  });
  const { token } = await session.call<{ token: string }>("POST", "/auth/tokens", { name: "git" });
  const folder = await Deno.makeTempDir({ prefix: "studio-kill-" });
  const repository = join(
    farm.dataDir,
    "repositories",
    ...new URL(project.git_url).pathname.replace(/^\/git\//, "").split("/"),
  );
  const url = new URL(new URL(project.git_url).pathname, session.base);
  url.username = "ada";
  url.password = token;
  try {
    await mustGit(folder, ["clone", "--quiet", url.href, "clone"]);
    const clone = join(folder, "clone");
    const acknowledged: string[] = [];
    const notes: string[] = [];
    const moments: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      let alive = true;
      const pushing = (async () => {
        for (let n = 0; alive; n++) {
          const file = `04_Project_Files/${round}-${n}.txt`;
          await Deno.writeTextFile(join(clone, file), `${round} ${n}`);
          await mustGit(clone, ["add", "."]);
          await mustGit(clone, ["commit", "--quiet", "-m", file]);
          if (await push(clone)) acknowledged.push(file);
        }
      })();
      const drawing = (async () => {
        for (let n = 0; alive; n++) {
          const id = `n-${round}-${n}`;
          const node = { id, type: "note", title: id, position: { x: n, y: round }, text: "" };
          const body = { operations: [{ op: "add_node", node }] };
          await session.call("PATCH", `/projects/${project.id}/canvas`, body).then(
            () => notes.push(id),
            () => {},
          );
        }
      })();
      const moment = Math.round(200 + Math.random() * 1200);
      moments.push(moment);
      await new Promise((resolve) => setTimeout(resolve, moment));
      await farm.killGateway();
      alive = false;
      await Promise.all([pushing, drawing]);
      await git(repository, "fsck", "--strict");
      await farm.startGateway();
    }
    const about = `killed after ${moments.join(", ")} ms`;
    await until("the last push to land", () => push(clone));
    const { graph } = await session.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`);
    const there = new Set(graph.nodes.map((node) => node.id));
    for (const id of notes) assert.ok(there.has(id), `${id} was drawn and is gone; ${about}`);
    await until("project.json to be the canvas", async () => {
      const manifest = JSON.parse(await git(repository, "show", "main:project.json"));
      return manifest.canvas.nodes.length === graph.nodes.length;
    });
    const tree = new Set((await git(repository, "ls-tree", "-r", "--name-only", "main")).split("\n"));
    for (const file of acknowledged) assert.ok(tree.has(file), `${file} was pushed and is gone; ${about}`);
    assert.ok(acknowledged.length + notes.length > 0, "something was acknowledged");
    await git(repository, "fsck", "--strict");
    assert.match(await fsck(server.url, farm.dataDir), /1 project looked at: 0 wrong/, about);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** False when the gateway was not there, or was killed over it. */
async function push(clone: string): Promise<boolean> {
  const quick = ["-c", "http.lowSpeedTime=5", "-c", "http.lowSpeedLimit=1"];
  if ((await runGit(clone, [...quick, "push", "--quiet"])).code === 0) return true;
  await runGit(clone, [...quick, "pull", "--quiet", "--rebase"]);
  return false;
}

async function fsck(databaseUrl: string, dataDir: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(import.meta.dirname!, "..", "fsck", "fsck.ts")],
    env: { DATABASE_URL: databaseUrl, STUDIO_DATA: dataDir, S3_BUCKET: "" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
