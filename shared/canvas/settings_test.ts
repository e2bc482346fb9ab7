import assert from "node:assert/strict";
import { CanvasNode, type GeneratingNode } from "./graph.ts";
import { applyOperations } from "./operations.ts";
import { restoringSettings, settingsOf } from "./settings.ts";

const node = (more: Record<string, unknown>) =>
  CanvasNode.parse({ id: "n", title: "N", shot: "N", position: { x: 1, y: 2 }, ...more }) as GeneratingNode;

Deno.test("a node that was changed since gets exactly the settings back that it had, and its seed is locked", () => {
  const before = node({ type: "shot", prompt: "fog", seed: 7, duration: 48, params: { steps: 20 } });
  const now = node({ type: "shot", prompt: "rain", seed: 8, duration: 24, runner: "animatic", trim_in: 3 });
  const applied = applyOperations({ nodes: [now], edges: [] }, [
    { op: "update_node", id: "n", set: restoringSettings(now, settingsOf(before)) },
  ]);
  assert.ok(applied.ok);
  const restored = applied.graph.nodes[0] as GeneratingNode;
  assert.deepEqual(settingsOf(restored), settingsOf(before));
  assert.equal(restored.seed_locked, true);
  assert.equal("trim_in" in restored && restored.trim_in, 3, "trims are the cut's, not the take's");
});

Deno.test("settings of another kind of node are taken as far as this one has them", () => {
  const still = node({ type: "generate_image", prompt: "lamp", width: 512, height: 512 });
  const shot = node({ type: "shot", prompt: "fog", duration: 48 });
  const applied = applyOperations({ nodes: [shot], edges: [] }, [
    { op: "update_node", id: "n", set: restoringSettings(shot, settingsOf(still)) },
  ]);
  assert.ok(applied.ok, JSON.stringify(applied));
  const restored = applied.graph.nodes[0] as GeneratingNode;
  assert.equal(restored.prompt, "lamp");
  assert.equal("duration" in restored && restored.duration, 48);
});
