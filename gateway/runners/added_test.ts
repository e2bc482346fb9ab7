import assert from "node:assert/strict";
import { writePack } from "../../shared/runners/pack.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { joinTestAgent } from "../testing/agent.ts";
import { compareVersions } from "./added.ts";

function pack(version: string, more: Record<string, unknown> = {}, steps = 20): Uint8Array<ArrayBuffer> {
  const graph = {
    positive: { class_type: "CLIPTextEncode", inputs: { text: "" } },
    sampler: { class_type: "KSampler", inputs: { seed: 0, steps, positive: ["positive", 0] } },
    save: { class_type: "SaveImage", inputs: { filename_prefix: "x", images: ["sampler", 0] } },
  };
  const manifest = {
    schema: 1,
    id: "ink",
    version,
    title: "Ink",
    description: "Drawings in ink",
    serves: ["generate_image"],
    output: "image",
    engine: "comfyui",
    inputs: [{ name: "prompt", title: "Prompt", type: "text" }],
    tiers: {
      low: {
        vram_mb: 8000,
        ram_mb: 0,
        disk_mb: 0,
        workflow: "low.workflow.json",
        bindings: { prompt: [["positive", "text"]] },
        output_node: "save",
      },
    },
    ...more,
  };
  return writePack(
    new Map([["runner.json", JSON.stringify(manifest)], ["low.workflow.json", JSON.stringify(graph)]]),
  );
}

function add(test: TestStudio, bytes: Uint8Array<ArrayBuffer>, as: "owner" | "artist" = "owner") {
  return test.request("/api/runners", { method: "POST", body: bytes }, as);
}

Deno.test("an owner adds a runner; its studio has it at once, others never, and artists may not", async () => {
  await using test = await openTestStudio();
  const bytes = pack("1.0.0");
  assert.equal((await add(test, bytes, "artist")).status, 403);
  const added = await add(test, bytes);
  assert.equal(added.status, 201);
  const { digest } = await added.json();
  const ids = async () => {
    const { items } = await (await test.request("/api/runners", {}, "artist")).json();
    return (items as { id: string }[]).map(({ id }) => id);
  };
  assert.ok((await ids()).includes("ink"));
  assert.equal((await test.studio.runners.of(crypto.randomUUID())).find("ink"), null);

  // What an agent installs is what was added, byte for byte.
  const agent = await joinTestAgent(test);
  const taken = await (await test.request("/api/agent/runners/ink/pack", {}, agent.token)).json();
  assert.equal(taken.digest, digest);
  assert.deepEqual(Uint8Array.fromBase64(taken.pack), bytes);
  assert.equal((await test.request("/api/agent/runners/flux-image/pack", {}, agent.token)).status, 404);
  const download = await test.request("/api/runners/ink/pack", {}, "artist");
  assert.match(download.headers.get("content-disposition")!, /ink-1\.0\.0\.zip/);
  assert.deepEqual(new Uint8Array(await download.arrayBuffer()), bytes);

  assert.equal((await test.request("/api/runners/ink", { method: "DELETE" }, "owner")).status, 204);
  assert.ok(!(await ids()).includes("ink"));
  assert.equal((await test.request("/api/runners/ink", { method: "DELETE" }, "owner")).status, 404);
});

Deno.test("a version is one graph for ever, and what is no runner is said in words", async () => {
  await using test = await openTestStudio();
  const refused = async (bytes: Uint8Array<ArrayBuffer>, status: number, words: RegExp) => {
    const answer = await add(test, bytes);
    assert.equal(answer.status, status);
    assert.match((await answer.json()).detail, words);
  };
  assert.equal((await add(test, pack("1.2.0"))).status, 201);
  assert.equal((await add(test, pack("1.2.0"))).status, 201, "the same again changes nothing");
  await refused(pack("1.2.0", {}, 30), 409, /ink 1\.2\.0 is here already; raise the version/);
  await refused(pack("1.1.9"), 409, /raise the version/);
  assert.equal((await add(test, pack("1.10.0", {}, 30))).status, 201);
  await refused(pack("1.0.0", { id: "flux-image" }), 409, /comes with the studio/);
  await refused(pack("1.0.0", { engine: "builtin" }), 422, /brings none/);
  await refused(pack("1.0.0", { titel: "x" }), 422, /runner\.json.*titel/);
  await refused(new TextEncoder().encode("hello") as Uint8Array<ArrayBuffer>, 422, /no zip/);
  await refused(new Uint8Array(5 * 1024 ** 2), 413, /4 MB/);
  assert.ok(compareVersions("1.10.0", "1.9.9") > 0);
});

Deno.test("an agent with another version of a runner gets none of its jobs, and both sides say why", async () => {
  await using test = await openTestStudio();
  await add(test, pack("1.0.0"));
  const project = await test.makeProject("Ink");
  await test.request(`/api/projects/${project.id}/canvas`, {
    method: "PATCH",
    json: {
      operations: [{
        op: "add_node",
        node: {
          id: "still",
          type: "generate_image",
          title: "Still",
          shot: "STILL-010",
          position: { x: 0, y: 0 },
          prompt: "a lamp",
          runner: "ink",
        },
      }],
    },
  }, "owner");
  const agent = await joinTestAgent(test, {
    capabilities: ["ink@low"],
    facts: { runners: { ink: "0.9.0" } },
  });
  const submitted = await test.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "still", tier: "low", takes: 1 },
  }, "owner");
  assert.equal(submitted.status, 202);
  await assert.rejects(agent.lease({ wait_s: 0 }), /Nothing for this card: 1 needs ink at Low/);
  const [fleet] = (await (await test.request("/api/agents", {}, "owner")).json()).items;
  assert.deepEqual(fleet.slots[0].capabilities, []);
  assert.match(
    fleet.cannot.at(-1).sentence,
    /Ink is here in version 0\.9\.0, and in the studio in 1\.0\.0.*agent runner install ink/,
  );

  const same = await joinTestAgent(test, { capabilities: ["ink@low"], facts: { runners: { ink: "1.0.0" } } });
  assert.equal((await same.lease())!.spec.kind, "generate");

  // Asked for before the studio had another version, it is not made by that one under the old one's name.
  const submit = async () => {
    const answer = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", tier: "low", takes: 2 },
    }, "owner");
    return (await answer.json()).jobs as { id: string; runner_version: string }[];
  };
  const old = await submit();
  assert.equal((await add(test, pack("1.1.0", {}, 30))).status, 201);
  const next = await joinTestAgent(test, { capabilities: ["ink@low"], facts: { runners: { ink: "1.1.0" } } });
  await assert.rejects(next.lease({ wait_s: 0 }), /Nothing is queued/);
  const job = await (await test.request(`/api/jobs/${old[0]!.id}`, {}, "owner")).json();
  assert.equal(job.state, "cancelled");
  const words = /It was asked of Ink 1\.0\.0, and the studio has 1\.1\.0 now: generate it anew\./;
  const { items } = await (await test.request(`/api/projects/${project.id}/notices`, {}, "owner")).json();
  assert.match(items[0].sentence, /^2 takes were cancelled\. It was asked of Ink 1\.0\.0/);
  const again = await test.request(`/api/jobs/${old[0]!.id}/retry`, { method: "POST" }, "owner");
  assert.equal(again.status, 422);
  assert.match((await again.json()).detail, words);
  assert.equal((await submit())[0]!.runner_version, "1.1.0");
  assert.equal((await next.lease())!.spec.kind, "generate");
});

Deno.test("an owner makes a runner of a graph by marking its inputs", async () => {
  await using test = await openTestStudio();
  const graph = {
    "1": { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "ink.safetensors" } },
    "2": { class_type: "CLIPTextEncode", inputs: { text: "a fox", clip: ["1", 1] } },
    "3": { class_type: "KSampler", inputs: { seed: 1, cfg: 4.5, positive: ["2", 0], model: ["1", 0] } },
    "4": { class_type: "SaveImage", inputs: { images: ["3", 0], filename_prefix: "x" } },
  };
  const post = (path: string, json: unknown, as: "owner" | "artist" = "owner") =>
    test.request(`/api/runners/${path}`, { method: "POST", json }, as);
  const found = await (await post("marks", { graph, serves: "generate_image" })).json();
  assert.deepEqual(found.models, [{ folder: "checkpoints", file: "ink.safetensors" }]);
  assert.equal(found.output, "image");
  assert.deepEqual(
    found.marks.map((
      mark: { node: string; input: string; suggested: string | null },
    ) => [mark.node, mark.input, mark.suggested]),
    [["2", "text", "prompt"], ["3", "seed", "seed"], ["3", "cfg", null]],
  );
  const body = {
    id: "ink",
    title: "Ink",
    serves: "generate_image",
    tier: "low",
    vram_mb: 8000,
    graph,
    inputs: [
      { node: "2", input: "text", name: "prompt" },
      { node: "3", input: "cfg", name: "contrast", title: "Contrast" },
    ],
    licence: "Apache-2.0",
    commercial: true,
  };
  assert.equal((await post("from-graph", body, "artist")).status, 403);
  assert.equal((await post("from-graph", body)).status, 201);
  const made = await (await test.request("/api/runners/ink")).json();
  assert.deepEqual(made.tiers.low.bindings, { prompt: [["2", "text"]], contrast: [["3", "cfg"]] });
  assert.equal(made.inputs[1].title, "Contrast");
  assert.deepEqual(made.tiers.low.models, [
    { folder: "checkpoints", file: "ink.safetensors", licence: "Apache-2.0", commercial: true },
  ]);

  const refused = async (answer: Promise<Response>, words: RegExp) => {
    const { status, detail } = await (await answer).json();
    assert.equal(status, 422);
    assert.match(detail, words);
  };
  await refused(post("marks", { graph: { nodes: [], links: [] }, serves: "shot" }), /Export \(API\)/);
  await refused(post("marks", { graph: "hello", serves: "shot" }), /no graph that ComfyUI exports/);
  await refused(post("from-graph", { ...body, id: "ink-two", serves: "shot" }), /saves an image/);
  await refused(
    post("from-graph", { ...body, id: "ink-two", inputs: [{ node: "9", input: "text", name: "prompt" }] }),
    /node "9" has no value "text"/,
  );
});
