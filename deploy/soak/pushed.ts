import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { z } from "zod";
import type { Canvas, Project } from "../demo/client.ts";
import { git, repositoryOf } from "../system/agree.ts";
import { until } from "../system/farm.ts";
import type { Cluster } from "./cluster.ts";
import { runIn } from "./git.ts";
import type { PusherTold } from "./pusher.ts";

/**
 * Every push that was answered with yes is in the history of main; what it brought is on the canvas and, in a clone made now through the
 * proxy, on disk with the bytes that were pushed. Rejects with what is not so.
 */
export async function assertPushed(cluster: Cluster, project: Project, told: PusherTold[]): Promise<void> {
  const here = told.filter((pusher) => pusher.project === project.id);
  const pushed = here.flatMap((pusher) => pusher.pushed);
  for (const { name, complaints } of here) assert.deepEqual(complaints, [], `${name} met this at git`);
  if (!pushed.length) return;
  const history = new Set(
    (await git(repositoryOf(project, cluster.dataDir), "rev-list", "main")).split("\n"),
  );
  assert.deepEqual(
    pushed.filter(({ commit }) => !history.has(commit)),
    [],
    "these were pushed, and are gone",
  );

  const notes = pushed.flatMap((push) => push.notes);
  const canvas = () => cluster.owner.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`);
  let missing: string[] = notes;
  await until("what was pushed to be on the canvas", async () => {
    const there = new Set((await canvas()).graph.nodes.map((node) => node.id));
    missing = notes.filter((id) => !there.has(id));
    return missing.length === 0;
  }).catch(() => assert.deepEqual(missing, [], "these notes were pushed, and are not on the canvas"));

  const { token } = await cluster.owner.call<{ token: string }>("POST", "/auth/tokens", { name: "looking" });
  const url = new URL(new URL(project.git_url).pathname, cluster.url);
  url.username = "owner";
  url.password = token;
  const folder = await Deno.makeTempDir({ dir: cluster.folder });
  try {
    const must = async (run: ReturnType<typeof runIn>, ...args: string[]) => {
      const { ok, said } = await run(...args);
      assert.ok(ok, `git ${args[0]}: ${said}`);
    };
    // Takes are looked at elsewhere.
    const media = ["-c", "lfs.fetchinclude=01_Assets/**"];
    await must(runIn(folder, "owner"), "lfs", "install", "--skip-repo", "--skip-smudge");
    await must(runIn(folder, "owner"), "clone", "--quiet", url.href, "film");
    await must(runIn(join(folder, "film"), "owner", folder), ...media, "lfs", "pull");
    for (const [path, oid] of pushed.flatMap((push) => Object.entries(push.media))) {
      const bytes = await Deno.readFile(join(folder, "film", path));
      assert.equal(createHash("sha256").update(bytes).digest("hex"), oid, `${path} is what was pushed`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
