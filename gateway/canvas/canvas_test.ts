import assert from "node:assert/strict";
import { Manifest } from "../../shared/project/manifest.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";

async function json(answer: Promise<Response>, status: number) {
  const response = await answer;
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text);
}

const shot = (number: string, more: Record<string, unknown> = {}) => ({
  id: `shot-${number}`,
  type: "shot",
  title: `Shot ${number}`,
  position: { x: 0, y: 0 },
  shot: `SHOT-${number}`,
  prompt: "A lamp in the fog",
  ...more,
});
const wire = (id: string, source: string, target: string) => ({
  id,
  source,
  source_port: "shot",
  target,
  target_port: "previous",
});

const put = (studio: TestStudio, project: { id: string }, body: unknown, as?: string) =>
  studio.request(`/api/projects/${project.id}/canvas`, { method: "PUT", json: body }, as);
const patch = (studio: TestStudio, project: { id: string }, body: unknown, as?: string) =>
  studio.request(`/api/projects/${project.id}/canvas`, { method: "PATCH", json: body }, as);

Deno.test("the canvas over HTTP", async (t) => {
  await using studio = await openTestStudio();

  await t.step("a whole graph is put, read back with its defaults, and written to project.json", async () => {
    const project = await studio.makeProject("Put");
    const written = await json(
      put(studio, project, {
        graph: { nodes: [shot("010"), shot("020")], edges: [wire("e1", "shot-010", "shot-020")] },
      }),
      200,
    );
    assert.equal(written.version, 1);
    assert.equal(written.graph.nodes[0].duration, 96);
    assert.deepEqual(await json(studio.request(`/api/projects/${project.id}/canvas`), 200), written);
    await studio.studio.git.settle(project.id);
    const file = await studio.studio.git.readFile(project, "project.json");
    const manifest = Manifest.parse(JSON.parse(new TextDecoder().decode(file!)));
    assert.deepEqual(Object.keys(manifest.shots), ["SHOT-010", "SHOT-020"]);
    assert.equal(manifest.canvas.edges[0]!.target, "shot-020");
  });

  await t.step("steps are taken in order, all or none, and the first that cannot be is named", async () => {
    const project = await studio.makeProject("Patch");
    const done = await json(
      patch(studio, project, {
        operations: [
          { op: "add_node", node: shot("010") },
          { op: "update_node", id: "shot-010", set: { prompt: "Rain", trim_out: 48 } },
          { op: "add_node", node: shot("020") },
          { op: "add_edge", edge: wire("e1", "shot-010", "shot-020") },
        ],
      }),
      200,
    );
    assert.equal(done.version, 1);
    assert.deepEqual([done.graph.nodes[0].prompt, done.graph.nodes[0].trim_out], ["Rain", 48]);
    const refused = await json(
      patch(studio, project, {
        operations: [
          { op: "remove_node", id: "shot-020" },
          { op: "update_node", id: "shot-010", set: { duration: -1 } },
        ],
      }),
      422,
    );
    assert.equal(refused.errors[0].path, "operations.1");
    assert.deepEqual(await json(studio.request(`/api/projects/${project.id}/canvas`), 200), done);
  });

  await t.step("a change made on an old version is 409 and says the present one", async () => {
    const project = await studio.makeProject("Version");
    await json(put(studio, project, { version: 0, graph: { nodes: [shot("010")], edges: [] } }), 200);
    const late = await json(put(studio, project, { version: 0, graph: { nodes: [], edges: [] } }), 409);
    assert.equal(late.code, "conflict");
    assert.match(late.detail, /version 1 now.*version 0/);
    await json(
      patch(studio, project, { version: 1, operations: [{ op: "remove_node", id: "shot-010" }] }),
      200,
    );
  });

  await t.step("of ten changes at once on the same version, one is taken", async () => {
    const project = await studio.makeProject("Race");
    const answers = await Promise.all(
      Array.from(
        { length: 10 },
        (_, n) =>
          patch(studio, project, { version: 0, operations: [{ op: "add_node", node: shot(`${n}`) }] }),
      ),
    );
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array(9).fill(409)]);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
  });

  await t.step("ten changes at once without a version are all taken, one after the other", async () => {
    const project = await studio.makeProject("Together");
    await Promise.all(
      Array.from(
        { length: 10 },
        (_, n) => json(patch(studio, project, { operations: [{ op: "add_node", node: shot(`${n}`) }] }), 200),
      ),
    );
    const canvas = await json(studio.request(`/api/projects/${project.id}/canvas`), 200);
    assert.deepEqual([canvas.version, canvas.graph.nodes.length], [10, 10]);
  });

  await t.step("a change that changes nothing keeps the version", async () => {
    const project = await studio.makeProject("Same");
    const graph = { nodes: [shot("010")], edges: [] };
    await json(put(studio, project, { graph }), 200);
    assert.equal((await json(put(studio, project, { graph }), 200)).version, 1);
  });

  await t.step("whoever looks hears of a change, and by whom", async () => {
    const project = await studio.makeProject("Watched");
    const heard = Promise.withResolvers<StudioEvent>();
    using _ = studio.studio.events.subscribe(
      { tenant_id: project.tenant_id, project_id: project.id },
      (event) => event.type === "canvas" && heard.resolve(event),
    );
    await json(
      patch(studio, project, { operations: [{ op: "add_node", node: shot("010") }] }, "artist"),
      200,
    );
    assert.deepEqual(await heard.promise, { type: "canvas", version: 1, by: studio.artist.name });
  });

  await t.step("a graph that cannot be is 422, with every fault", async () => {
    const project = await studio.makeProject("Faults");
    const faults = await json(
      put(studio, project, {
        graph: {
          nodes: [shot("010"), { ...shot("010"), id: "twin" }, shot("030", { parent: "nowhere" })],
          edges: [wire("e1", "shot-010", "gone"), wire("e2", "shot-010", "shot-010")],
        },
      }),
      422,
    );
    assert.equal(faults.code, "unprocessable");
    assert.ok(faults.errors.length >= 4, JSON.stringify(faults.errors));
  });

  await t.step("rubbish is 400 and named; archived is 409; foreign is 404; a viewer is 403", async () => {
    const project = await studio.makeProject("Rubbish");
    for (
      const body of [
        {},
        { graph: [] },
        { graph: { nodes: [{ ...shot("010"), type: "bomb" }], edges: [] } },
        { graph: { nodes: [{ ...shot("010"), surprise: 1 }], edges: [] } },
        { graph: { nodes: [{ ...shot("010"), position: { x: 0.5, y: "1" } }], edges: [] } },
        { graph: { nodes: [{ ...shot("010"), seed: 2 ** 60 }], edges: [] } },
        { graph: { nodes: [{ ...shot("010"), shot: "../../etc" }], edges: [] } },
        { graph: { nodes: [{ ...shot("010"), title: "nul\u0000" }], edges: [] } },
        { version: "1", graph: { nodes: [], edges: [] } },
      ]
    ) {
      await json(put(studio, project, body), 400);
    }
    for (
      const operations of [
        [],
        [{ op: "explode" }],
        [{ op: "remove_node" }],
        [{ op: "add_edge", edge: { id: "e" } }],
        "all of them",
      ]
    ) {
      await json(patch(studio, project, { operations }), 400);
    }
    await json(
      patch(studio, project, { operations: [{ op: "update_node", id: "__proto__", set: {} }] }),
      422,
    );
    await json(put(studio, project, { graph: { nodes: [], edges: [] } }, "viewer"), 403);
    const other = await studio.secondTenant();
    await json(put(studio, await other.makeProject("Theirs"), { graph: { nodes: [], edges: [] } }), 404);
    await studio.studio.projects.update(project, { archived: true }, "Test");
    await json(put(studio, project, { graph: { nodes: [], edges: [] } }), 409);
  });

  await t.step("a body beyond 8 MiB is 413; one of 2 MiB is a canvas", async () => {
    const project = await studio.makeProject("Large");
    const long = (count: number) => ({
      graph: {
        nodes: Array.from({ length: count }, (_, n) => shot(`${n}`, { prompt: "x".repeat(8000) })),
        edges: [],
      },
    });
    assert.equal((await json(put(studio, project, long(250)), 200)).graph.nodes.length, 250);
    assert.equal((await json(put(studio, project, long(1100)), 413)).code, "too_large");
  });

  await t.step("a prompt with quotes, newlines and emoji comes back to the letter", async () => {
    const project = await studio.makeProject("Words");
    const prompt = `She said: "…'; drop table jobs;--"\n\t🗼 $(reboot) \`id\` %s \\`;
    const done = await json(
      put(studio, project, { graph: { nodes: [shot("010", { prompt })], edges: [] } }),
      200,
    );
    assert.equal(done.graph.nodes[0].prompt, prompt);
  });
});
