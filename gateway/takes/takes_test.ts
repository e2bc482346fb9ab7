import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { StudioEvent } from "../../shared/events/events.ts";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import { Manifest } from "../../shared/project/manifest.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { mustGit } from "../git/testing.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import type { TakeRow } from "./mod.ts";
import { takesForScreen } from "./store.ts";
import { CLIP, doneOf, drawShots, finish, makeTake, queueJob, STILL } from "./testing.ts";

async function rowsOf({ studio }: TestStudio, project: ProjectRow): Promise<string[]> {
  const rows = await studio.db.sql<{ kind: string }[]>`
    select kind from outbox where project_id = ${project.id} and done_at is null order by id`;
  return rows.map((row) => row.kind);
}

async function fileOf({ studio }: TestStudio, project: ProjectRow, path: string): Promise<string> {
  const bytes = await studio.git.readFile(project, path);
  assert.ok(bytes, `${path} is not in the repository`);
  return new TextDecoder().decode(bytes);
}

/** What screens that look at the project are told about takes. */
function listen({ studio }: TestStudio, project: ProjectRow) {
  const heard: Extract<StudioEvent, { type: "take" }>["take"][] = [];
  const subscription = studio.events.subscribe(
    { tenant_id: project.tenant_id, project_id: project.id },
    (event) => {
      if (event.type === "take") heard.push(event.take);
    },
  );
  return { heard, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

Deno.test("a finished generation", async (t) => {
  await using world = await openTestStudio();
  const { studio } = world;
  const project = await world.makeProject();
  await drawShots(world, project, ["shot_1", "shot_2"]);
  await studio.git.settle(project.id);

  await t.step("becomes a take, the first of its node chosen, and both are told to Git", async () => {
    const take = await makeTake(world, project);
    assert.equal(take.name, "SHOT-1_v01_take01");
    assert.equal(take.path, "03_Renders/SHOT-1/SHOT-1_v01_take01.mp4");
    assert.equal(take.tier_requested, "high");
    assert.equal(take.tier, "standard");
    assert.equal((await studio.takes.view([take]))[0]!.active, true);

    const second = await makeTake(world, project);
    assert.equal(second.name, "SHOT-1_v01_take02");
    assert.equal((await studio.takes.view([second]))[0]!.active, false);
    const active = await studio.takes.active(studio.db.sql, project.id, ["shot_1", "shot_2"]);
    assert.deepEqual([...active].map(([node, { id }]) => [node, id]), [["shot_1", take.id]]);
    await studio.git.settle(project.id);
  });

  await t.step("reported twice, even at once, is one take", async () => {
    const job = await queueJob(world, project);
    const [first, again] = await Promise.all([finish(world, project, job), finish(world, project, job)]);
    assert.equal(first.id, again.id);
    assert.equal((await finish(world, project, job)).id, first.id);
    await studio.git.settle(project.id);
    const [count] = await studio.db.sql`
      select count(*) as n from outbox where project_id = ${project.id} and subject = ${first.id}`;
    assert.equal(count!.n, 1);
  });

  await t.step("that says it was made with something bottomless is refused, not a crash", async () => {
    let deep: unknown = "bottom";
    for (let i = 0; i < 50_000; i++) deep = [deep];
    const job = await queueJob(world, project, { node: "shot_deep" });
    const done = await doneOf(world, project, job, { made_with: { deep } });
    await assert.rejects(
      studio.db.sql.begin((tx) => studio.takes.record(tx, project, job, done)),
      /nested deeper than 100 levels/,
    );
  });

  await t.step("that is not what was asked for is no take", async () => {
    const job = await queueJob(world, project);
    const done = await doneOf(world, project, job, { media: STILL });
    await assert.rejects(
      studio.db.sql.begin((tx) => studio.takes.record(tx, project, job, done)),
      /SHOT-1_v01_take04 is not a take: it is a still \(png\), and a clip was asked for/,
    );
    assert.deepEqual(await rowsOf(world, project), []);
  });

  await t.step("carries everything it was made from in its sidecar", async () => {
    const prompt = { "3": { class_type: "KSampler", inputs: { seed: 7, text: "a lamp" } } };
    const models = [{ file: "flux1-schnell-fp8.safetensors" }];
    const take = await makeTake(world, project, { node: "shot_2", by: "Zoë" }, {
      made_with: { comfyui_prompt: prompt, comfyui_version: "0.3.64", models },
      peak_vram_mb: 14_000,
    });
    await studio.git.settle(project.id);
    const text = await fileOf(world, project, "03_Renders/SHOT-2/SHOT-2_v01_take01.json");
    const sidecar = JSON.parse(text);
    assert.deepEqual(Object.keys(sidecar).slice(0, 6), ["schema", "name", "shot", "version", "take", "kind"]);
    assert.equal(sidecar.prompt, "a lamp in the fog");
    assert.equal(sidecar.seed, 7);
    assert.deepEqual(sidecar.runner, { id: "flux-image", version: "1.2.3" });
    assert.deepEqual(sidecar.tier, { asked: "high", used: "standard" });
    assert.match(sidecar.fallback, /High needs 22 GiB/);
    assert.deepEqual(sidecar.models, models);
    assert.deepEqual(sidecar.made_with, { comfyui_prompt: prompt, comfyui_version: "0.3.64" });
    assert.equal(sidecar.file.oid, take.oid);
    assert.deepEqual(sidecar.media, CLIP);
    assert.equal(sidecar.times.seconds, 12.5);
    assert.equal(sidecar.times.peak_vram_mb, 14_000);
    assert.equal(sidecar.job.created_by, "Zoë");
    const detail = await studio.takes.detail(await studio.takes.find(project.id, take.id));
    assert.deepEqual(detail.sidecar, sidecar);
  });
});

Deno.test("takes in Git", async (t) => {
  await using world = await openTestStudio();
  const { studio } = world;
  const project = await world.makeProject();
  await drawShots(world, project, ["shot_1"]);
  const takes: TakeRow[] = [];
  using screen = listen(world, project);

  await t.step("are pointers to what the store holds, and project.json names the chosen one", async () => {
    for (let i = 0; i < 3; i++) takes.push(await makeTake(world, project));
    await studio.git.settle(project.id);
    for (const take of takes) {
      const pointer = parsePointer(await fileOf(world, project, take.path));
      assert.deepEqual(pointer, { oid: take.oid, size: take.size });
      const bytes = await new Response((await studio.lfs.read(project, pointer!.oid))!).bytes();
      assert.equal(bytes.length, pointer!.size);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), pointer!.oid);
    }
    const manifest = Manifest.parse(JSON.parse(await fileOf(world, project, "project.json")));
    assert.deepEqual(manifest.shots["SHOT-1"], { node: "shot_1", active: takes[0]!.name });
  });

  await t.step("are announced when they are made and again when they are committed", () => {
    for (const take of takes) {
      const told = screen.heard.filter((each) => each.id === take.id).map((each) => each.committed);
      assert.equal(told[0], false);
      assert.equal(told.at(-1), true);
    }
  });

  await t.step("keep the time of their commit when the outbox is replayed", async () => {
    const before = await studio.takes.find(project.id, takes[0]!.id);
    const head = await studio.git.head(project);
    await studio.db.sql`update outbox set done_at = null where project_id = ${project.id}`;
    await studio.git.settle(project.id);
    assert.equal(await studio.git.head(project), head);
    const after = await studio.takes.find(project.id, takes[0]!.id);
    assert.deepEqual(after.committed_at, before.committed_at);
  });

  await t.step("another one chosen is told to both takes' screens and to project.json, once", async () => {
    screen.heard.length = 0;
    await studio.takes.activate(project, takes[1]!.id, "Zoë");
    assert.deepEqual(screen.heard.map(({ id, active }) => [id, active]), [
      [takes[0]!.id, false],
      [takes[1]!.id, true],
    ]);
    await studio.git.settle(project.id);
    const manifest = Manifest.parse(JSON.parse(await fileOf(world, project, "project.json")));
    assert.equal(manifest.shots["SHOT-1"]!.active, takes[1]!.name);
    const head = await studio.git.head(project);
    await studio.takes.activate(project, takes[1]!.id, "Zoë");
    assert.deepEqual(await rowsOf(world, project), []);
    assert.equal(await studio.git.head(project), head);
  });

  await t.step("hold prompts and titles with anything in them", async () => {
    const awkward = `"quotes" \\ 'ticks' \n\r\n\t $(rm -rf /) ; 🎬 日本 </script> \u2028`;
    const take = await makeTake(world, project, {
      params: { prompt: awkward },
      title: awkward,
      by: `Eve <e@x>\n`,
    }, {
      made_with: { log: "NUL \u0000 and half a pair \ud800", "key \u0000": 1, __proto__: { polluted: true } },
    });
    await studio.git.settle(project.id);
    const sidecar = JSON.parse(await fileOf(world, project, take.path.replace(".mp4", ".json")));
    assert.equal(sidecar.prompt, awkward);
    assert.equal(sidecar.job.title, awkward);
    assert.equal(await mustGit(studio.git.path(project), ["fsck", "--strict", "--full"]), "");
    assert.equal(sidecar.made_with.log, "NUL \ufffd and half a pair \ufffd");
  });
});

Deno.test("takes over HTTP", async (t) => {
  await using world = await openTestStudio();
  const project = await world.makeProject();
  const takes: TakeRow[] = [];
  for (let i = 0; i < 5; i++) {
    takes.push(
      await makeTake(world, project, {
        node: i === 2 ? "still" : "shot_1",
        output: i === 2 ? "image" : "video",
      }),
    );
  }
  const base = `/api/projects/${project.id}/takes`;
  const get = async (path: string, as: "viewer" | "nobody" = "viewer") => {
    const answer = await world.request(path, {}, as);
    const body = await answer.text();
    return { status: answer.status, headers: answer.headers, body: body ? JSON.parse(body) : null };
  };

  await t.step("come newest first, page by page", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await get(`${base}?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...body.items.map((take: { id: string }) => take.id));
      cursor = body.next;
    } while (cursor);
    assert.deepEqual(seen, takes.map((take) => take.id).toSorted().toReversed());
    assert.equal((await get(`${base}?cursor=nonsense`)).status, 400);
    assert.equal((await get(`${base}?limit=0`)).status, 400);
  });

  await t.step("of one node by its id, and by the project's slug too", async () => {
    const { body } = await get(`/api/projects/${project.slug}/takes?node=still`);
    assert.deepEqual(body.items.map((take: { name: string }) => take.name), ["STILL_v01_take01"]);
    assert.deepEqual((await get(`${base}?node=nothing`)).body.items, []);
  });

  await t.step("a screen opens with each node's choice and its newest, and how many there are", async () => {
    const at = { branch: project.branch, each: 1, most: 10 };
    const first = await takesForScreen(world.studio.db.sql, project.id, at);
    const shots = takes.filter((take) => take.node_id === "shot_1");
    assert.deepEqual(first.counts, { shot_1: shots.length, still: 1 });
    // The first take of a node is its choice; the newest is shown beside it.
    assert.deepEqual(
      first.rows.map((row) => row.id),
      [shots[0]!, shots.at(-1)!, takes[2]!].map((take) => take.id).toSorted().toReversed(),
    );
    // Where there is no room for all, no choice is missing.
    const least = await takesForScreen(world.studio.db.sql, project.id, { ...at, most: 2 });
    assert.deepEqual(least.rows.map((row) => row.id), [takes[2]!.id, shots[0]!.id]);
    assert.deepEqual(least.counts, first.counts);
  });

  await t.step("lead to their bytes under a readable name", async () => {
    const still = takes[2]!;
    const { body } = await get(`${base}/${still.id}`);
    assert.equal(body.sidecar.name, still.name);
    for (const url of [body.file_url, body.proxy_url, body.poster_url]) {
      const answer = await world.request(url, {}, "viewer");
      await answer.body?.cancel();
      assert.equal(answer.status, 302);
      const bytes = await world.request(answer.headers.get("location")!, {}, "nobody");
      assert.equal(bytes.status, 200);
      assert.match(bytes.headers.get("content-disposition") ?? "", /STILL_v01_take01\.png/);
      assert.equal(bytes.headers.get("content-type"), "image/png");
      assert.equal(createHash("sha256").update(await bytes.bytes()).digest("hex"), still.oid);
    }
    // A clip whose agent made neither has neither.
    const clip = (await get(`${base}/${takes[0]!.id}`)).body;
    assert.equal(clip.poster_url, null);
    assert.equal((await get(`${base}/${takes[0]!.id}/poster`)).status, 404);
  });

  await t.step("are chosen by artists, not by viewers, and not in an archived project", async () => {
    const choose = async (as: "artist" | "viewer") => {
      const answer = await world.request(`${base}/${takes[1]!.id}/activate`, { method: "POST" }, as);
      return { status: answer.status, body: await answer.json() };
    };
    assert.equal((await choose("viewer")).status, 403);
    const chosen = await choose("artist");
    assert.equal(chosen.status, 200);
    assert.equal(chosen.body.active, true);
    await world.studio.projects.update(project, { archived: true }, "Ada");
    assert.equal((await choose("artist")).status, 409);
    await world.studio.projects.update(project, { archived: false }, "Ada");
  });

  await t.step("do not exist for strangers, under other projects, or by ids that are none", async () => {
    const other = await world.secondTenant();
    const elsewhere = await world.makeProject("Elsewhere");
    const path = `${base}/${takes[0]!.id}`;
    for (const each of [base, path, `${path}/file`]) {
      const answer = await other.request(each);
      await answer.body?.cancel();
      assert.equal(answer.status, 404, each);
    }
    const theirs = await other.request(`${path}/activate`, { method: "POST" });
    await theirs.body?.cancel();
    assert.equal(theirs.status, 404);
    assert.equal((await get(`/api/projects/${elsewhere.id}/takes/${takes[0]!.id}`)).status, 404);
    assert.equal((await get(`${base}/${uuidv7()}`)).status, 404);
    assert.equal((await get(`${base}/nonsense`)).status, 404);
    assert.equal((await get(base, "nobody")).status, 401);
  });
});
