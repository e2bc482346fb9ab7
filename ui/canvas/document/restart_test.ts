import assert from "node:assert/strict";
import { until } from "../../../gateway/agents/testing.ts";
import { createApp } from "../../../gateway/app.ts";
import { composeStudio, type OpenStudio } from "../../../gateway/compose.ts";
import { openTestStudio } from "../../../gateway/testing/studio.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { openDocument } from "./document.ts";

function serve(studio: OpenStudio) {
  const app = createApp(studio);
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, info) => app.fetch(request, info),
  );
}

const shot = (id: string, name = id): Operation => ({
  op: "add_node",
  node: {
    id,
    type: "shot",
    title: id,
    position: { x: 0, y: 0 },
    shot: `SHOT-${name}`,
    prompt: "",
    negative_prompt: "",
    seed: 0,
    seed_locked: false,
    params: {},
    duration: 96,
    trim_in: 0,
  } as CanvasNode,
});
const prompt = (id: string, text: string): Operation => ({ op: "update_node", id, set: { prompt: text } });

Deno.test("what two people do while the gateway is away is kept and merged when it is back", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  let server = serve(test.studio);
  // Headers are Deno's extension: the type is the browser's.
  const Socket = WebSocket as unknown as new (
    url: string,
    options: { headers: Record<string, string> },
  ) => WebSocket;
  const open = (token: string) => () =>
    new Socket(`ws://127.0.0.1:${server.addr.port}/api/projects/${project.id}/canvas/live`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  using one = await openDocument(project.id, { open: open(test.tokens.owner), tell, patienceMs: 1 });
  using two = await openDocument(project.id, { open: open(test.tokens.artist), tell, patienceMs: 120_000 });
  one.apply("Add 10", [shot("10")]);
  await one.flush();
  await until("the other to see it", () => two.node("10").value);
  await until(
    "each to see the other",
    () => [one, two].every((each) => each.people.others.value.length === 1),
  );

  test.studio.close();
  await server.shutdown();
  await until("both to notice", () => !one.connected.value && !two.connected.value);
  assert.deepEqual([one.people.others.value.length, two.people.others.value.length], [0, 0]);
  one.apply("Prompt", [prompt("10", "A pier in fog")]);
  one.apply("Add 20", [shot("20")]);
  one.apply("Prompt", [prompt("20", "A hand on a rope")]);
  two.apply("Move", [{ op: "update_node", id: "10", set: { position: { x: 50, y: 60 } } }]);
  two.apply("Add their 20", [shot("theirs", "20")]);
  two.apply("Add 30", [shot("30")]);
  two.undo();
  two.redo();
  assert.deepEqual(one.save.value, { kind: "offline", changes: 3, kept: false });
  await two.flush();
  assert.equal(two.save.value.kind, "offline");
  // Nothing is made of a canvas that the studio does not have: who waits goes on when it does.
  await assert.rejects(one.sent(), /does not answer/);
  const sent = two.sent().then(() => two.save.value.kind);

  await using again = await composeStudio({ ...test.studio.config }, test.studio.log, {
    db: test.studio.db,
    objects: test.studio.objects,
  });
  server = serve(again);
  try {
    await until(
      "both to have sent everything",
      () => [one, two].every((each) => each.connected.value && each.save.value.kind === "saved"),
    );
    assert.equal(await sent, "saved");
    await until(
      "both to see the same",
      () => JSON.stringify(one.graph.value) === JSON.stringify(two.graph.value),
    );
    const ten = one.node("10").value as CanvasNode & { prompt: string };
    assert.deepEqual([ten.prompt, ten.position], ["A pier in fog", { x: 50, y: 60 }]);
    // Both made a SHOT-20: whoever came second was told, and kept the rest.
    assert.equal(one.graph.value.nodes.filter((node) => "shot" in node && node.shot === "SHOT-20").length, 1);
    assert.ok(one.node("30").value, "what was done after what was refused");
    assert.match(told.join(), /SHOT-20/);
    const stored = await again.canvas.read(again.db.sql, project.id);
    assert.deepEqual(stored.graph, one.graph.value);
  } finally {
    again.close();
    await server.shutdown();
  }
});
