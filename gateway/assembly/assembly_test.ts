import assert from "node:assert/strict";
import type { Export } from "../../shared/api/work.ts";
import { parseEdl, recordRange } from "../../shared/edl/mod.ts";
import { parsePointer } from "../../shared/lfs/pointer.ts";
import { readOtio } from "../../shared/otio/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import { openTestStudio } from "../testing/studio.ts";
import { film, put, readJson, render, reportOf, shoot } from "./testing.ts";

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
  const ask_id = crypto.randomUUID();
  const asked = (path: string, json: object) =>
    studio.request(`/api/projects/${project.id}/${path}`, { method: "POST", json: { ...json, ask_id } });
  assert.equal((await asked("jobs", { node_id: "s1" })).status, 202);
  const taken = await asked("renders", { assembler: "vse" });
  assert.equal(taken.status, 409, "the name of a request for a take");
  assert.match((await taken.json()).detail, /takes were asked for, and no film/);
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
