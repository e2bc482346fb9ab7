import assert from "node:assert/strict";
import { join } from "@std/path";
import { createLog, type Log } from "../http/mod.ts";
import { openTestStudio } from "../testing/studio.ts";
import { catalogueOf, readCatalogue } from "./catalogue.ts";

const runner = (id: string, more: Record<string, unknown> = {}) => ({
  schema: 1,
  id,
  version: "1.0.0",
  title: id,
  description: "For tests",
  serves: ["generate_image"],
  output: "image",
  engine: "comfyui",
  inputs: [{ name: "prompt", title: "Prompt", type: "text" }],
  tiers: { low: { vram_mb: 0, ram_mb: 0, disk_mb: 0, workflow: "graph.json", output_node: "save" } },
  ...more,
});
const GRAPH = { save: { class_type: "SaveImage", inputs: {} } };

async function openCatalogue(folder: string, log: Log) {
  const { runners, bad } = await readCatalogue(folder, log);
  return catalogueOf(runners, bad);
}

async function folderWith(files: Record<string, unknown>): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    await Deno.mkdir(join(path, name, ".."), { recursive: true });
    await Deno.writeTextFile(
      join(path, name),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
  for (const name of Object.keys(files).filter((each) => each.endsWith("/runner.json"))) {
    await Deno.writeTextFile(join(path, name, "..", "graph.json"), JSON.stringify(GRAPH));
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function quiet(lines: string[] = []) {
  return createLog({ terminal: false, write: (line) => lines.push(line) });
}

Deno.test("a bad folder is left out, and the error names file and field", async () => {
  await using folder = await folderWith({
    "good/runner.json": runner("good"),
    "torn/runner.json": '{"schema": 1,',
    "typed/runner.json": runner("typed", { tiers: { low: { vram_mb: "12", ram_mb: 0, disk_mb: 0 } } }),
    "other/runner.json": runner("another"),
    "graphless/runner.json": runner("graphless", {
      tiers: {
        high: { vram_mb: 1, ram_mb: 0, disk_mb: 0, workflow: "high.workflow.json", output_node: "x" },
      },
    }),
    "notes/README.md": "no runner here",
    ".hidden/runner.json": "{",
  });
  const lines: string[] = [];
  const catalogue = await openCatalogue(folder.path, quiet(lines));
  assert.deepEqual(catalogue.list().map((each) => each.id), ["good"]);
  const errors = Object.fromEntries(catalogue.bad().map((bad) => [bad.folder, bad.errors.join("\n")]));
  assert.deepEqual(Object.keys(errors), ["graphless", "other", "torn", "typed"]);
  assert.match(errors.torn!, /^torn\/runner\.json: .*JSON/);
  assert.match(errors.typed!, /^typed\/runner\.json: tiers\.low\.vram_mb: /);
  assert.match(errors.other!, /^other\/runner\.json: id: is "another"/);
  assert.match(errors.graphless!, /^graphless\/high\.workflow\.json: there is no such file$/m);
  assert.equal(lines.length, 4);
});

Deno.test("a node that names no runner gets one that needs no file; cards come last", async () => {
  const image = { name: "image", title: "Image", type: "image", required: true };
  await using folder = await folderWith({
    "animatic/runner.json": runner("animatic", { engine: "builtin", serves: ["generate_image", "shot"] }),
    "a-check/runner.json": runner("a-check", { self_test: true }),
    "b-needs/runner.json": runner("b-needs", { inputs: [image] }),
    "c-plain/runner.json": runner("c-plain"),
  });
  const catalogue = await openCatalogue(folder.path, quiet());
  assert.equal(catalogue.defaultFor("generate_image")?.id, "c-plain");
  assert.equal(catalogue.defaultFor("shot")?.id, "animatic");
  assert.equal(catalogue.defaultFor("kontext"), null);
  assert.deepEqual(catalogue.list().map((each) => each.id), ["c-plain", "b-needs", "animatic", "a-check"]);
});

Deno.test("a missing folder of runners is an error that says which setting to change", async () => {
  await assert.rejects(openCatalogue("/nowhere/runners", quiet()), /\/nowhere\/runners: set RUNNERS_DIR/);
});

Deno.test("the API lists runners without the self tests, with what was left out", async () => {
  await using folder = await folderWith({
    "plain/runner.json": runner("plain"),
    "check/runner.json": runner("check", { self_test: true }),
    "torn/runner.json": "",
  });
  await using studio = await openTestStudio({ env: { RUNNERS_DIR: folder.path } });
  const list = await (await studio.request("/api/runners", {}, "viewer")).json();
  assert.deepEqual(list.items.map((each: { id: string }) => each.id), ["plain"]);
  assert.equal(list.bad[0].folder, "torn");
  const one = await studio.request("/api/runners/plain");
  assert.equal((await one.json()).version, "1.0.0");
  for (const id of ["nothing", "..%2fplain", "plain%2frunner.json"]) {
    const response = await studio.request(`/api/runners/${id}`);
    assert.equal(response.status, 404, id);
    await response.body?.cancel();
  }
  const stranger = await studio.request("/api/runners", {}, "nobody");
  assert.equal(stranger.status, 401);
  await stranger.body?.cancel();
});
