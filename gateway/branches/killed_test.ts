import assert from "node:assert/strict";
import { join } from "@std/path";
import { CreateProject } from "../../shared/api/project.ts";
import { writeManifest } from "../../shared/project/manifest.ts";
import { Graph } from "../../shared/canvas/graph.ts";
import { CreateBranch, MergeRequest } from "../../shared/api/branches.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { composeStudio, type OpenStudio } from "../compose.ts";
import { parseConfig } from "../config.ts";
import { mustGit } from "../git/testing.ts";
import { createLog } from "../http/mod.ts";
import { makeTake } from "../takes/testing.ts";
import { onPostgres, openTestDatabase } from "../testing/database.ts";
import type { TestStudio } from "../testing/studio.ts";
import { set, shot } from "./testing.ts";

const PROGRAM = join(import.meta.dirname!, "killed_program.ts");

/** By the moment of its death: whether the merge has happened once the next gateway is open. */
const MERGES = {
  "the merge is remembered": false,
  "the branch has moved": true,
  "the takes are the branch's": true,
  "the canvas has it": true,
  "the takes are chosen": true,
  "the settings are set": true,
};

Deno.test("a gateway killed at any moment of a merge leaves a repository that opens and a database that agrees", async (t) => {
  await using opened = new AsyncDisposableStack();
  const dataDir = await Deno.makeTempDir({ prefix: "studio-killed-" });
  opened.defer(() => Deno.remove(dataDir, { recursive: true }));
  const database = onPostgres ? opened.use(await openTestDatabase()) : null;
  const env = {
    STUDIO_DATA: dataDir,
    PUBLIC_URL: "http://studio.test",
    ...(database ? { DATABASE_URL: database.url! } : {}),
  };
  const open = () => composeStudio(parseConfig(env), createLog({ terminal: false, write: () => {} }));
  const killedAt = async (moment: string, id: string, branch: string, user: UserPrincipal) => {
    const { signal, code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", PROGRAM, moment, id, branch, JSON.stringify(user)],
      env,
      stdout: "null",
    }).output();
    assert.equal(signal, "SIGKILL", `${moment}: it ended with ${code}`);
  };

  let number = 0;
  const next = async (studio: OpenStudio) => {
    const branch = `try-${++number}`;
    return { branch, before: await diverge(studio, id, branch, user) };
  };
  let id: string, user: UserPrincipal, it: { branch: string; before: string | null };
  {
    await using studio = await open();
    user = await ownerOf(studio);
    id = (await studio.projects.create(user, CreateProject.parse({ title: "Lighthouse" }))).id;
    it = await next(studio);
  }
  for (const [moment, happened] of Object.entries(MERGES)) {
    await t.step(moment, async () => {
      const { branch, before } = it;
      await killedAt(moment, id, branch, user);
      await using studio = await open();
      const project = (await studio.projects.byId(studio.db.sql, id))!;
      const gitDir = studio.git.path(project);
      await mustGit(gitDir, ["fsck", "--strict", "--no-dangling"]);
      await studio.git.settle();
      assert.equal(await studio.git.head(project) !== before, happened);
      await agrees(studio, id);
      // Once more: what is merged is merged, and what is not can be.
      const request = MergeRequest.parse({ apply: true, all: "theirs" });
      const again = await studio.branches.merge(project, branch, request, user);
      assert.equal(again.state, happened ? "nothing" : "merged");
      await agrees(studio, id);
      const { graph } = await studio.canvas.read(studio.db.sql, id);
      assert.equal((graph.nodes[0] as { prompt: string }).prompt, `theirs of ${branch}`);
      const merges = await mustGit(gitDir, ["log", "--merges", "--format=%s", "main"]);
      assert.equal(merges.split("\n").filter((line) => line.includes(branch)).length, 1);
      it = await next(studio);
    });
  }

  for (const moment of ["it is decided to discard", "its commits are kept"]) {
    await t.step(moment, async () => {
      const branch = `try-${number--}`;
      await killedAt(moment, id, branch, user);
      await using studio = await open();
      const project = (await studio.projects.byId(studio.db.sql, id))!;
      await mustGit(studio.git.path(project), ["fsck", "--strict", "--no-dangling"]);
      const discarded = await studio.branches.list(project, { discarded: true });
      const gone = discarded.find(({ name }) => name === branch);
      assert.ok(gone?.commit);
      assert.equal(await studio.git.head(project, branch), null);
      assert.equal((await studio.branches.restore(project, branch, user)).commit, gone.commit);
    });
  }
});

async function ownerOf(studio: OpenStudio): Promise<UserPrincipal> {
  await studio.auth.firstStart();
  const [row] = await studio.db.sql<{ id: string; name: string; tenant_id: string; slug: string }[]>`
    select u.id, u.name, u.tenant_id, t.slug from users u join tenants t on t.id = u.tenant_id limit 1`;
  const { id: user_id, name, tenant_id, slug: tenant_slug } = row!;
  return { kind: "user", tenant_id, tenant_slug, user_id, name, role: "owner", via: "access", scopes: null };
}

/** A branch that differs from main in a prompt, a take, its choice, and the quality; main in the prompt, too. The head of main. */
async function diverge(
  studio: OpenStudio,
  id: string,
  branch: string,
  user: UserPrincipal,
): Promise<string | null> {
  const main = (await studio.projects.byId(studio.db.sql, id))!;
  await studio.canvas.put(main, Graph.parse({ nodes: [shot("1", { id: "shot_1" })] }), { by: "test" });
  await studio.projects.update(main, { quality: "standard" }, "test");
  await studio.branches.create(main, CreateBranch.parse({ title: branch }), user);
  const on = await studio.branches.at(main, branch);
  const take = await makeTake({ studio } as TestStudio, on);
  await studio.takes.activate(on, take.id, "test");
  await studio.projects.update(on, { quality: "high" }, "test");
  await studio.canvas.patch(on, [set("shot_1", { prompt: `theirs of ${branch}` })], { by: "test" });
  await studio.canvas.patch(main, [set("shot_1", { prompt: `mine of ${branch}` })], { by: "test" });
  await studio.git.settle();
  return await studio.git.head(main);
}

/** project.json is what the database says, and all that was pushed or merged is on the canvas. */
async function agrees(studio: OpenStudio, id: string): Promise<void> {
  await studio.git.settle();
  const project = (await studio.projects.byId(studio.db.sql, id))!;
  const file = new TextDecoder().decode((await studio.git.readFile(project, "project.json"))!);
  assert.equal(file, writeManifest(await studio.canvas.manifest(studio.db.sql, project)));
  const [{ open }] = await studio.db.sql<[{ open: number }]>`
    select count(*)::int as open from pushes where landed_at is not null and absorbed_at is null`;
  assert.equal(open, 0);
}
