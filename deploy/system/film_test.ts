import assert from "node:assert/strict";
import { join } from "@std/path";
import { createAssembler } from "../../agent/render/mod.ts";
import { makeCodedClip, openFolder, readCodes } from "../../agent/media/testing.ts";
import type { ProjectRow } from "../../gateway/projects/mod.ts";
import type { TestAgent, TestLease } from "../../gateway/testing/agent.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import type { Export } from "../../shared/api/work.ts";
import { parseEdl } from "../../shared/edl/mod.ts";
import { type RateName, RATES } from "../../shared/time/rate.ts";

/** Shots of a film: the number their first frame carries, and their trim. */
const SHOTS = [
  { id: "s1", shot: "SHOT-010", first: 100, frames: 30 },
  { id: "s2", shot: "SHOT-020", first: 200, frames: 40, trim_in: 7, trim_out: 33 },
  { id: "s3", shot: "SHOT-030", first: 300, frames: 24, trim_in: 12 },
];
const EXPECTED = SHOTS.flatMap(({ first, frames, trim_in = 0, trim_out = frames }) =>
  Array.from({ length: trim_out - trim_in }, (_, i) => first + trim_in + i)
);

for (const fps of ["23.976", "25"] as const satisfies RateName[]) {
  Deno.test(`at ${fps} a film that went canvas, EDL, agent, store shows exactly the frames that were asked for`, async () => {
    await using folder = await openFolder();
    await using studio = await openTestStudio();
    await studio.serve();
    const project = await studio.makeProject("Every Frame", { fps, width: 192, height: 108 });
    const agent = await studio.joinAgent();
    await draw(studio, project);
    for (const shot of SHOTS) await shoot(studio, project, agent, fps, shot, folder.path);

    const made = await ask<{ export: Export }>(studio, `/api/projects/${project.id}/renders`, {
      assembler: "vse",
    });
    const lease = await agent.lease();
    const film = await render(studio, agent, lease, folder.path);
    assert(lease.spec.kind === "assemble");
    assert.equal(parseEdl(lease.spec.edl, RATES[fps]).events.length, SHOTS.length);

    const row = await ask<Export>(studio, `/api/projects/${project.id}/renders/${made.export.id}`);
    assert.equal(row.frames, EXPECTED.length);
    assert.equal(row.size, (await Deno.stat(film)).size);
    const path = join(folder.path, "downloaded.mp4");
    await download(studio, row.film_url, path);
    assert.deepEqual(await readCodes(path), EXPECTED);
    await download(studio, row.poster_url!, join(folder.path, "small"));
    assert.equal(row.proxy_url, null, "a film that any browser plays is its own preview");
  });
}

async function draw(studio: TestStudio, project: ProjectRow) {
  const nodes = SHOTS.map(({ id, shot, frames, first: _, ...trim }) => ({
    ...{ id, type: "shot", title: shot, position: { x: 0, y: 0 }, shot, prompt: shot, runner: "animatic" },
    ...{ duration: frames, ...trim },
  }));
  const wires = [["s1", "s2", "previous"], ["s2", "s3", "previous"], ["s3", "vse", "sequence"]];
  const edges = wires.map(([source, target, target_port], i) => ({
    ...{ id: `e${i}`, source, source_port: "shot", target, target_port },
  }));
  const vse = { id: "vse", type: "assembler", title: "Film", position: { x: 0, y: 0 } };
  const answer = await studio.request(`/api/projects/${project.id}/canvas`, {
    method: "PUT",
    json: { graph: { nodes: [...nodes, vse], edges } },
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** A take whose frames carry their numbers, as an agent reports it. */
async function shoot(
  studio: TestStudio,
  project: ProjectRow,
  agent: TestAgent,
  fps: RateName,
  { id, first, frames }: (typeof SHOTS)[number],
  folder: string,
) {
  await ask(studio, `/api/projects/${project.id}/jobs`, { node_id: id });
  const lease = await agent.lease();
  assert(lease.spec.kind === "generate");
  const rate = RATES[fps];
  const to = join(folder, `${id}.mp4`);
  await makeCodedClip({ to, first, frames, rate, timecodeStart: lease.spec.timecode_start });
  const { width, height } = lease.spec;
  const media = { format: "mp4", width, height, frames, rate: `${rate.num}/${rate.den}`, audio: false };
  const done = await agent.complete(lease, { bytes: await Deno.readFile(to), body: { media } });
  assert.equal(done.status, 204, await done.text());
}

/** The executor of every agent, on what the lease says. */
async function render(
  studio: TestStudio,
  agent: TestAgent,
  lease: TestLease,
  folder: string,
): Promise<string> {
  const inputs = new Map<string, string>();
  for (const { name, url } of lease.inputs) {
    inputs.set(name, join(folder, `input-${name}`));
    await download(studio, url, inputs.get(name)!);
  }
  const signal = new AbortController().signal;
  const context = { folder, slot: "cpu", inputs, signal, progress() {}, preview() {} };
  const { file, poster, media } = await createAssembler().run(lease, context);
  const stored = async (path: string) => await agent.upload(lease, await Deno.readFile(path));
  const body = { media, poster: await stored(poster!) };
  const done = await agent.complete(lease, { bytes: await Deno.readFile(file), body });
  assert.equal(done.status, 204, await done.text());
  return file;
}

async function ask<T>(studio: TestStudio, path: string, json?: unknown): Promise<T> {
  const answer = await studio.request(path, json === undefined ? {} : { method: "POST", json });
  const text = await answer.text();
  assert(answer.ok, text);
  return JSON.parse(text);
}

/** Through the redirect to where the bytes lie, without telling that place who asks. */
async function download(studio: TestStudio, url: string, to: string) {
  const first = await studio.request(url);
  const location = first.headers.get("location");
  const answer = location ? await studio.request(location, {}, "nobody") : first;
  if (location) await first.body?.cancel();
  assert.equal(answer.status, 200);
  await Deno.writeFile(to, new Uint8Array(await answer.arrayBuffer()));
}
