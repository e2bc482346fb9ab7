import assert from "node:assert/strict";
import { join } from "@std/path";
import { mustGit, runGit } from "../../gateway/git/testing.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import { parseEdl } from "../../shared/edl/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import {
  type Canvas,
  enter,
  type Export,
  type JobView,
  type Project,
  type Session,
  type Take,
} from "../demo/client.ts";
import { tool } from "../soak/tools.ts";
import { assertAgreement, git, repositoryOf } from "../system/agree.ts";
import { type Farm, openFarm, until } from "../system/farm.ts";
import { GATEWAY, openProcess } from "../system/processes.ts";
import { freePort } from "../testing/free_port.ts";
import { startPostgres } from "../testing/postgres.ts";
import type { z } from "zod";

const SHOTS = [{ id: "one", frames: 24 }, { id: "two", frames: 30, trim_in: 6 }];
const FRAMES = 24 + 30 - 6;

/** By real programs, from the first click to the film that is played again on another machine. */
Deno.test("a studio that is saved while people draw, push, generate and render plays its films on an empty machine", async (t) => {
  const scratch = await Deno.makeTempDir({ prefix: "studio-load-" });
  try {
    const kept = await t.step("it is saved under load", async () => {
      await using server = await startPostgres();
      await using farm = await openFarm({ databaseUrl: server.url });
      await farm.addAgent("attic");
      Object.assign(saved, await workAndSave(farm, server.url, scratch));
    });
    if (!kept) return;
    await using server = await startPostgres();
    const env = { DATABASE_URL: server.url, STUDIO_DATA: join(scratch, "elsewhere"), S3_BUCKET: "" };
    await t.step("it is brought to an empty machine", async () => {
      const [name] = [...Deno.readDirSync(join(scratch, "backups"))].map((each) => each.name);
      const said = await program("restore", join(scratch, "backups", name!), env);
      assert.match(said, /Git found every repository sound/);
    });
    await using stack = new AsyncDisposableStack();
    const address = `http://127.0.0.1:${freePort()}`;
    const gateway = openProcess([...GATEWAY, "--owner-link"], {
      ...env,
      PORT: new URL(address).port,
      PUBLIC_URL: address,
      LOG_LEVEL: "warn",
    });
    stack.defer(() => gateway.kill("SIGKILL"));
    gateway.start();
    const link = await until(
      "the owner's link",
      () => /http\S+\/enter\?token=\S+/.exec(gateway.output())?.[0] ?? false,
      gateway.output,
      60,
    );
    using session = await enter(link);
    await t.step("everything that was acknowledged before is there, in Git as well", async () => {
      const { project, notes, files, jobs } = saved;
      const { graph } = await session.call<z.infer<typeof Canvas>>("GET", `/projects/${project.id}/canvas`);
      const nodes = new Set(graph.nodes.map((node) => node.id));
      assert.deepEqual(notes.filter((id) => !nodes.has(id)), []);
      const takes = await assertAgreement(session, project, env.STUDIO_DATA);
      const made = new Set(takes.map((take) => take.job_id));
      assert.deepEqual(jobs.filter((id) => !made.has(id)), []);
      const tree = await git(repositoryOf(project, env.STUDIO_DATA), "ls-tree", "-r", "--name-only", "main");
      assert.deepEqual(files.filter((file) => !tree.split("\n").includes(file)), []);
      assert.match(await tool("fsck", env), /^1 project looked at: 0 wrong/m);
    });
    await t.step("films and takes play, frame for frame as the cut list has them", async () => {
      await assertPlays(session, saved.project, env.STUDIO_DATA, scratch);
    });
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
});

/** What was acknowledged before the backup was begun. */
interface Saved {
  project: Project;
  notes: string[];
  files: string[];
  jobs: string[];
}
const saved = {} as Saved;

async function workAndSave(
  { session, dataDir, ...farm }: Farm,
  databaseUrl: string,
  scratch: string,
): Promise<Saved> {
  const project = await session.call<Project>("POST", "/projects", {
    title: "Salt",
    width: 320,
    height: 180,
  });
  await session.call("PUT", `/projects/${project.id}/canvas`, { graph: film() });
  const generate = async (node_id: string) =>
    (await session.call<{ jobs: JobView[] }>("POST", `/projects/${project.id}/jobs`, { node_id })).jobs[0]!
      .id;
  const render = () => session.call("POST", `/projects/${project.id}/renders`, { assembler: "film" });
  const jobs = await Promise.all(SHOTS.map(({ id }) => generate(id)));
  await farm.settled(project.id);
  await render();
  await farm.settled(project.id);

  const { token } = await session.call<{ token: string }>("POST", "/auth/tokens", { name: "git" });
  const remote = new URL(new URL(project.git_url).pathname, session.base);
  [remote.username, remote.password] = ["ada", token];
  const clone = join(scratch, "clone");
  await mustGit(scratch, ["clone", "--quiet", remote.href, clone]);

  const notes: string[] = [], files: string[] = [];
  let working = true;
  const draw = async () => {
    for (let n = 0; working; n++) {
      const node = { id: `n${n}`, type: "note", title: `n${n}`, position: { x: n, y: 0 }, text: "" };
      await session.call("PATCH", `/projects/${project.id}/canvas`, {
        operations: [{ op: "add_node", node }],
      });
      notes.push(node.id);
    }
  };
  const push = async () => {
    for (let n = 0; working; n++) {
      const file = `04_Project_Files/${n}.txt`;
      await Deno.writeTextFile(join(clone, file), `${n}`);
      await mustGit(clone, ["add", "."]);
      await mustGit(clone, ["commit", "--quiet", "-m", file]);
      while ((await runGit(clone, ["push", "--quiet"])).code !== 0) {
        await mustGit(clone, ["pull", "--quiet", "--rebase"]);
      }
      files.push(file);
    }
  };
  const shoot = async () => {
    for (let n = 0; working; n++) {
      await generate(SHOTS[n % 2]!.id);
      if (n % 3 === 2) await render();
      await farm.settled(project.id);
    }
  };
  const work = Promise.all([draw(), push(), shoot()]);
  await until("everybody to be at work", () => notes.length > 3 && files.length > 1);
  const before = { project, notes: [...notes], files: [...files], jobs };
  const env = { DATABASE_URL: databaseUrl, STUDIO_DATA: dataDir, S3_BUCKET: "" };
  await program("backup", join(scratch, "backups"), env);
  const during = notes.length - before.notes.length;
  working = false;
  await work;
  assert.ok(during > 0, "people drew while it was saved");
  console.log(`${during} changes and ${files.length - before.files.length} pushes came during the backup`);
  return before;
}

async function program(
  command: "backup" | "restore",
  folder: string,
  env: Record<string, string>,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--node-modules-dir=manual"],
      join(import.meta.dirname!, "main.ts"),
      command,
      folder,
    ],
    env,
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, said);
  return said;
}

async function assertPlays(
  session: Session,
  project: Project,
  dataDir: string,
  scratch: string,
): Promise<void> {
  const films = await until("every film to be in Git", async () => {
    const { items } = await session.call<{ items: Export[] }>(
      "GET",
      `/projects/${project.id}/renders?limit=50`,
    );
    // One that was being rendered when it was saved is still asked for.
    const done = items.filter((film) => film.oid !== null);
    return done.every((film) => film.committed) && done;
  });
  assert.ok(films.length > 0, "there is a film");
  for (const film of films) {
    const edl = await git(repositoryOf(project, dataDir), "show", `main:${film.edl_path}`);
    const { events } = parseEdl(edl, RATES[project.fps as keyof typeof RATES]);
    const asked = events.reduce((sum, event) => sum + event.record.out - event.record.in, 0);
    assert.equal(asked, FRAMES);
    const file = join(scratch, "film.mp4");
    await session.download(film.film_url, file);
    assert.equal(await framesOf(file), asked, film.name);
  }
  const takes = await session.call<{ items: Take[] }>("GET", `/projects/${project.id}/takes?limit=200`);
  for (const take of takes.items) {
    const file = join(scratch, "take.mp4");
    await session.download(take.file_url, file);
    assert.equal(await framesOf(file), take.media.frames, take.name);
  }
}

/** Decoded, every one. */
async function framesOf(file: string): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("ffprobe", {
    args: [
      ...["-v", "error", "-count_frames", "-select_streams", "v:0"],
      ...["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", file],
    ],
    stdin: "null",
  }).output();
  assert.deepEqual([success, new TextDecoder().decode(stderr)], [true, ""]);
  return Number(new TextDecoder().decode(stdout).trim().replace(/,$/, ""));
}

function film(): Pick<Graph, "edges"> & { nodes: unknown[] } {
  const nodes = SHOTS.map(({ id, frames, ...trim }) => ({
    ...{ id, type: "shot", title: id, shot: `SHOT-${id.toUpperCase()}`, position: { x: 0, y: 0 } },
    ...{ prompt: id, runner: "animatic", duration: frames },
    ...trim,
  }));
  const edge = (source: string, target: string, target_port: string) => ({
    ...{ id: `${source}-${target}`, source, source_port: "shot", target, target_port },
  });
  return {
    nodes: [...nodes, { id: "film", type: "assembler", title: "Film", position: { x: 0, y: 0 } }],
    edges: [edge("one", "two", "previous"), edge("two", "film", "sequence")] as Graph["edges"],
  };
}
