import assert from "node:assert/strict";
import type { Export } from "../../shared/api/work.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import { parseEdl, recordRange } from "../../shared/edl/mod.ts";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import { readOtio } from "../../shared/otio/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import type { TestAgent, TestLease } from "../testing/agent.ts";

const shot = (id: string, name: string, more: object = {}) => ({
  ...{ id, type: "shot" as const, title: name, position: { x: 0, y: 0 }, shot: name, prompt: "A light" },
  ...{
    negative_prompt: "",
    seed: 1,
    seed_locked: true,
    runner: "animatic",
    params: {},
    duration: 24,
    trim_in: 0,
  },
  ...more,
});
const wire = (id: string, source: string, target: string, port: string) => ({
  ...{ id, source, source_port: "shot", target, target_port: port },
});

/** Three shots into an assembler; the second is trimmed. */
function film(trim: object = { trim_in: 4, trim_out: 20 }): Graph {
  return {
    nodes: [
      shot("s1", "SHOT-010"),
      shot("s2", "SHOT-020", trim),
      shot("s3", "SHOT-030"),
      { id: "vse", type: "assembler", title: "The film", position: { x: 0, y: 0 } },
    ],
    edges: [
      wire("e1", "s1", "s2", "previous"),
      wire("e2", "s2", "s3", "previous"),
      wire("e3", "s3", "vse", "sequence"),
    ],
  } as Graph;
}

async function put(studio: TestStudio, project: ProjectRow, graph: Graph) {
  const answer = await studio.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph },
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** A take of each node, made by an agent. */
async function shoot(studio: TestStudio, project: ProjectRow, agent: TestAgent, nodes: string[]) {
  for (const node_id of nodes) {
    const asked = await studio.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id },
    });
    assert.equal(asked.status, 202, await asked.text());
    const done = await agent.complete(await agent.lease());
    assert.equal(done.status, 204, await done.text());
  }
}

async function render(studio: TestStudio, project: ProjectRow) {
  const answer = await studio.request(`/api/projects/${project.id}/renders`, {
    method: "POST",
    json: { assembler: "vse" },
  });
  const text = await answer.text();
  assert.equal(answer.status, 202, text);
  return JSON.parse(text) as { job: { id: string; state: string }; export: Export };
}

function reportOf(lease: TestLease, frames: number) {
  const { width, height } = lease.spec;
  return {
    body: { media: { format: "mp4", width, height, frames, rate: "24/1", codec: "h264", audio: true } },
  };
}

async function readJson<T>(studio: TestStudio, path: string): Promise<T> {
  const answer = await studio.request(path);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text);
}

Deno.test("a film goes from the canvas over its EDL to a committed export", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("The Lighthouse Keeper");
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);

  const made = await render(studio, project);
  assert.equal(made.job.state, "queued");
  assert.equal(made.export.name, "The-Lighthouse-Keeper_v001");
  assert.equal(made.export.frames, 24 + 16 + 24);
  assert.equal(made.export.oid, null);
  const renders = `/api/projects/${project.id}/renders`;
  assert.equal((await studio.request(`${renders}/${made.export.id}/film`)).status, 404);
  assert.deepEqual(await readJson(studio, renders), { items: [] });

  const lease = await agent.lease();
  assert(lease.spec.kind === "assemble");
  const list = parseEdl(lease.spec.edl, RATES["24"]);
  assert.deepEqual(list.events.map((event) => event.clip), [
    "SHOT-010_v01_take01",
    "SHOT-020_v01_take01",
    "SHOT-030_v01_take01",
  ]);
  const start = 24 * 3600;
  assert.deepEqual(recordRange(list), { in: start, out: start + 64 });
  assert.deepEqual(lease.inputs.map((it) => it.name), list.events.map((event) => event.reel));
  const second = lease.spec.inputs[1]!;
  assert.equal(list.events[1]!.source.in, second.timecode_start + 4);

  const wrong = await agent.complete(lease, reportOf(lease, 63));
  assert.equal(wrong.status, 422);
  assert.match((await wrong.json()).detail, /has 63 frames, and its EDL adds up to 64/);
  const done = await agent.complete(lease, reportOf(lease, 64));
  assert.equal(done.status, 204, await done.text());
  const kept = await readJson<Export>(studio, `${renders}/${made.export.id}`);
  const again = await agent.request(`/api/agent/leases/${lease.lease}/complete`, {
    method: "POST",
    json: {
      ...{ file: { oid: kept.oid, size: kept.size, extension: "mp4" }, seconds: 1 },
      ...reportOf(lease, 64).body,
    },
  });
  assert.equal(again.status, 204, await again.text());

  await studio.studio.git.settle(project.id);
  const row = await readJson<Export>(studio, `${renders}/${made.export.id}`);
  assert.equal(row.committed, true);
  assert.equal((await readJson<{ items: Export[] }>(studio, renders)).items.length, 1);
  const read = async (path: string) =>
    new TextDecoder().decode((await studio.studio.git.readFile(project, path)) ?? new Uint8Array());
  assert.deepEqual(parsePointer(await read("06_Exports/The-Lighthouse-Keeper_v001.mp4")), {
    oid: row.oid,
    size: row.size,
  });
  assert.equal(await read("06_Exports/The-Lighthouse-Keeper_v001.edl"), lease.spec.edl);
  const otio = await read("06_Exports/The-Lighthouse-Keeper_v001.otio");
  assert.deepEqual(readOtio(otio, RATES["24"]).timeline, list);

  const edl = await studio.request(`${renders}/${row.id}/edl`);
  assert.equal(
    edl.headers.get("content-disposition"),
    'attachment; filename="The-Lighthouse-Keeper_v001.edl"',
  );
  assert.equal(await edl.text(), lease.spec.edl);
  const to = await studio.request(row.film_url);
  assert.equal(to.status, 302);
  const bytes = await studio.request(to.headers.get("location")!, {}, "nobody");
  assert.equal((await bytes.arrayBuffer()).byteLength, row.size);
});

Deno.test("every render is a new version, and the preview says which comes next", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("Über: das Meer / 2");
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const both = await Promise.all([render(studio, project), render(studio, project)]);
  assert.deepEqual(both.map((it) => it.export.name).toSorted(), [
    "Uber-das-Meer-2_v001",
    "Uber-das-Meer-2_v002",
  ]);
  const preview = await studio.request(`/api/projects/${project.id}/assemblers/vse/edl`);
  assert.match(preview.headers.get("content-disposition")!, /Uber-das-Meer-2_v003\.edl/);
  assert.match(await preview.text(), /^TITLE: Uber-das-Meer-2_v003\nFCM: NON-DROP FRAME\n001 {2}/);
});

Deno.test("every shot that is not ready is named, not only the first", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  await put(studio, project, film({ trim_in: 4, trim_out: 99 }));
  await shoot(studio, project, agent, ["s2"]);
  const answer = await studio.request(`/api/projects/${project.id}/renders`, {
    method: "POST",
    json: { assembler: "vse" },
  });
  assert.equal(answer.status, 422);
  const problem = await answer.json();
  assert.match(problem.detail, /^3 of 3 shots cannot be cut yet\. SHOT-010 has no take yet/);
  assert.deepEqual(problem.errors.map((each: { path: string }) => each.path), ["s1", "s2", "s3"]);
  assert.match(
    problem.errors[1].message,
    /SHOT-020 is trimmed to end at frame 99, and SHOT-020_v01_take01 has 24/,
  );
  assert.deepEqual(await readJson(studio, `/api/projects/${project.id}/renders`), { items: [] });
});

Deno.test("an assembler without shots, and one that is not there, say so", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  await put(studio, project, { ...film(), edges: [] });
  const ask = (assembler: unknown) =>
    studio.request(`/api/projects/${project.id}/renders`, { method: "POST", json: { assembler } });
  const lonely = await ask("vse");
  assert.equal(lonely.status, 422);
  assert.match((await lonely.json()).detail, /Nothing is connected to "The film"/);
  assert.equal((await ask("nobody")).status, 404);
  assert.equal((await ask("s1")).status, 404);
  assert.equal((await ask(7)).status, 400);
});

Deno.test("another studio's renders are not there, and a viewer may look but not render", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const made = await render(studio, project);
  const other = await studio.secondTenant();
  const renders = `/api/projects/${project.id}/renders`;
  for (const path of [renders, `${renders}/${made.export.id}`, `${renders}/${made.export.id}/edl`]) {
    assert.equal((await other.request(path)).status, 404, path);
    assert.equal((await studio.request(path, {}, "viewer")).status, 200, path);
  }
  const own = await other.makeProject("Theirs");
  assert.equal((await other.request(`/api/projects/${own.id}/renders/${made.export.id}`)).status, 404);
  assert.equal((await studio.request(`${renders}/not-an-id`)).status, 404);
  const refused = await studio.request(renders, { method: "POST", json: { assembler: "vse" } }, "viewer");
  assert.equal(refused.status, 403);
});

Deno.test("the cut goes to Resolve, Premiere and OpenTimelineIO, now and as it was rendered", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("The Keeper");
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const made = await render(studio, project);
  const now = `/api/projects/${project.id}/assemblers/vse`;
  const then = `/api/projects/${project.id}/renders/${made.export.id}`;
  for (const [base, name] of [[now, "The-Keeper_v002"], [then, "The-Keeper_v001"]] as const) {
    const get = async (path: string, file: string) => {
      const answer = await studio.request(base + path, {}, "viewer");
      assert.equal(answer.headers.get("content-disposition"), `attachment; filename="${file}"`);
      return await answer.text();
    };
    const resolve = await get("/edl?profile=resolve", `${name}_resolve.edl`);
    assert.match(
      resolve,
      /^002 {2}SHOT-020_v01_take01 V .*\n\* FROM CLIP NAME: {2}SHOT-020_v01_take01\.mp4$/m,
    );
    const premiere = await get("/edl?profile=premiere", `${name}_premiere.edl`);
    assert.match(premiere, /^002 {2}AX +V .*\n\* FROM CLIP NAME: {2}SHOT-020_v01_take01\.mp4$/m);
    assert.match(
      await get("/edl", `${name}.edl`),
      /^002 {2}\S{1,8} +V .*\n\* FROM CLIP NAME: {2}\S+take01$/m,
    );
    const otio = JSON.parse(await get("/otio", `${name}.otio`));
    const clip = otio.tracks.children[0].children[1];
    assert.equal(clip.name, "SHOT-020_v01_take01");
    assert.match(clip.metadata.studio.lfs_oid, /^sha256:[0-9a-f]{64}$/);
    assert.equal(clip.source_range.duration.value, 16);
  }
  assert.equal((await studio.request(`${now}/edl?profile=avid`)).status, 400);
  assert.equal((await (await studio.secondTenant()).request(`${now}/otio`)).status, 404);
});

Deno.test("a cut list by an editor re-orders and re-trims the canvas after saying what it would change", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3", "s1"]);
  const conform = async (body: object, as?: "viewer") => {
    const path = `/api/projects/${project.id}/assemblers/vse/conform`;
    const answer = await studio.request(path, { method: "POST", json: body }, as);
    return { status: answer.status, body: await answer.json() };
  };
  const text = [
    "TITLE: Editor's cut",
    "001  AX V C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00",
    "* FROM CLIP NAME: SHOT-030_v01_take01.mp4",
    "002  AX V C        00:00:00:02 00:00:00:12 01:00:01:00 01:00:01:10",
    "* FROM CLIP NAME: SHOT-010_v01_take02.mp4",
    "003  AX V C        00:00:00:02 00:00:00:12 01:00:01:10 01:00:01:20",
    "* FROM CLIP NAME: stock.mov",
  ].join("\r\n");
  const told = await conform({ text });
  assert.equal(told.status, 200, JSON.stringify(told.body));
  assert.equal(told.body.applied, false);
  assert.deepEqual(told.body.changes.map((each: { kind: string }) => each.kind), [
    "leave",
    "order",
    "take",
    "trim",
  ]);
  assert.deepEqual(
    told.body.unmatched.map((each: { place: string; name: string }) => [each.place, each.name]),
    [
      ["line 6", "stock.mov"],
    ],
  );
  const before = await readJson<{ version: number; graph: Graph }>(
    studio,
    `/api/projects/${project.id}/canvas`,
  );
  assert.equal(before.version, told.body.version);
  assert.equal((await conform({ text, apply: true, version: before.version - 1 })).status, 409);
  assert.equal((await conform({ text, apply: true }, "viewer")).status, 403);

  const done = await conform({ text, apply: true, version: before.version });
  assert.equal(done.body.applied, true);
  const edl = await (await studio.request(`/api/projects/${project.id}/assemblers/vse/edl`)).text();
  assert.deepEqual(
    parseEdl(edl, RATES["24"]).events.map(({ clip, source }) => [clip, source.out - source.in]),
    [["SHOT-030_v01_take01", 24], ["SHOT-010_v01_take02", 10]],
  );
  const again = await conform({ text });
  assert.deepEqual(again.body.changes, []);

  const otio = await (await studio.request(`/api/projects/${project.id}/assemblers/vse/otio`)).text();
  assert.deepEqual((await conform({ text: otio })).body.changes, []);
  const wrong = await conform({ text: text.replace("003  AX", "003  AX V Q") });
  assert.equal(wrong.status, 422);
  assert.match(wrong.body.detail, /^Line 6: /);
  assert.equal(wrong.body.errors[0].path, "line 6");
  const stranger = await conform({ text: text.replace(/SHOT-0\d0/g, "NO"), apply: true });
  assert.equal(stranger.status, 422);
  assert.match(stranger.body.detail, /^Nothing of this list could be matched/);
});

Deno.test("a list edited by hand renders as it is, and one that cannot names its line", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("Hand");
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const ask = (edl: string) =>
    studio.request(`/api/projects/${project.id}/renders`, {
      method: "POST",
      json: { assembler: "vse", edl },
    });
  const compiled = await (await studio.request(`/api/projects/${project.id}/assemblers/vse/edl`)).text();
  const lines = compiled.trim().split("\n");
  const third = lines.findIndex((line) => line.startsWith("003"));
  const edl = lines.slice(0, third).join("\n") + "\n* by hand\n";
  const made = await ask(edl);
  assert.equal(made.status, 202, await made.clone().text());
  assert.equal((await made.json()).export.frames, 24 + 16);
  const lease = await agent.lease();
  assert(lease.spec.kind === "assemble");
  assert.equal(lease.spec.edl, edl, "word for word");
  assert.deepEqual(lease.spec.inputs.map((it) => it.file_name), [
    "SHOT-010_v01_take01.mp4",
    "SHOT-020_v01_take01.mp4",
  ]);
  for (
    const [text, says] of [
      [
        edl.replace(/^002 {2}\S+/m, "002  NOBODY").replaceAll("SHOT-020_v01_take01", "x"),
        /^Line \d+: Event 002 \(x\) uses reel "NOBODY"/,
      ],
      ["nothing", /no events/],
      [edl.replace("V     C", "V     X"), /^Line 3: expected a transition/],
    ] as const
  ) {
    const refused = await ask(text);
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).detail, says);
  }
});

Deno.test("a film is delivered in the format that was asked for, or it is refused", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject("Deliver");
  const agent = await studio.joinAgent();
  await put(studio, project, film());
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const asked = await studio.request(`/api/projects/${project.id}/renders`, {
    method: "POST",
    json: { assembler: "vse", options: { format: "mov-prores", burn_in: true } },
  });
  assert.equal(asked.status, 202);
  const made = (await asked.json()).export as Export;
  assert.equal(made.path, "06_Exports/Deliver_v001.mov");
  const lease = await agent.lease();
  assert(lease.spec.kind === "assemble");
  assert.deepEqual(lease.spec.options, { format: "mov-prores", burn_in: true });
  const wrong = await agent.complete(lease, reportOf(lease, 64));
  assert.equal(wrong.status, 422);
  assert.match((await wrong.json()).detail, /it is mp4, not QuickTime · ProRes 422 HQ/);
  const { oid, size } = await agent.upload(lease, new TextEncoder().encode("a film"));
  const media = { ...reportOf(lease, 64).body.media, format: "mov", codec: "prores" };
  const done = await agent.complete(lease, { body: { media, file: { oid, size, extension: "mov" } } });
  assert.equal(done.status, 204, await done.text());
  const to = await studio.request(made.film_url);
  const bytes = await studio.request(to.headers.get("location")!, {}, "nobody");
  assert.match(bytes.headers.get("content-disposition") ?? "", /Deliver_v001\.mov/);
  assert.equal((await bytes.arrayBuffer()).byteLength, size);
  const odd = { assembler: "vse", options: { format: "avi" } };
  assert.equal(
    (await studio.request(`/api/projects/${project.id}/renders`, { method: "POST", json: odd })).status,
    400,
  );
});
