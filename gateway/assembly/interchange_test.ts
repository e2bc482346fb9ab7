import assert from "node:assert/strict";
import type { Export } from "../../shared/api/work.ts";
import type { Graph } from "../../shared/canvas/graph.ts";
import { parseEdl } from "../../shared/edl/mod.ts";
import { RATES } from "../../shared/time/rate.ts";
import { openTestStudio } from "../testing/studio.ts";
import { film, put, readJson, render, reportOf, shoot } from "./testing.ts";

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
  assert.equal((await conform({ text: "\0\x01\x02" })).status, 400);
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

Deno.test("a shot that is bypassed or muted is in no list and no render of the film", async () => {
  await using studio = await openTestStudio();
  const project = await studio.makeProject();
  const agent = await studio.joinAgent();
  const cut = film();
  await put(studio, project, cut);
  await shoot(studio, project, agent, ["s1", "s2", "s3"]);
  const off = (ids: Record<string, "bypassed" | "muted">) =>
    put(studio, project, {
      ...cut,
      nodes: cut.nodes.map((node) => ({ ...node, ...(ids[node.id] ? { off: ids[node.id] } : {}) })),
    } as Graph);
  const now = `/api/projects/${project.id}/assemblers/vse`;
  const reels = (list: string) => [...list.matchAll(/FROM CLIP NAME: {2}(SHOT-\d+)/g)].map((each) => each[1]);
  for (
    const [ids, left] of [
      [{ s2: "muted" }, ["SHOT-010", "SHOT-030"]],
      [{ s1: "bypassed", s3: "muted" }, ["SHOT-020"]],
    ] as const
  ) {
    await off(ids);
    const edl = await (await studio.request(`${now}/edl`)).text();
    assert.deepEqual(reels(edl), left);
    const otio = await (await studio.request(`${now}/otio`)).json();
    const clips: { name: string }[] = otio.tracks.children[0].children;
    assert.deepEqual(clips.map((clip) => clip.name.split("_")[0]), left);
    const answer = await studio.request(`${now}/conform`, { method: "POST", json: { text: edl } });
    assert.deepEqual((await answer.json()).changes, [], "its own list leaves it out, and changes nothing");
  }
  const made = await render(studio, project);
  const edl = await studio.request(`/api/projects/${project.id}/renders/${made.export.id}/edl`);
  assert.deepEqual(reels(await edl.text()), ["SHOT-020"]);

  await off({ s1: "muted", s2: "muted", s3: "bypassed" });
  const none = await studio.request(`${now}/edl`);
  assert.equal(none.status, 422);
  assert.match((await none.json()).detail, /Every shot of "The film" is bypassed or muted; switch on/);
});
