import assert from "node:assert/strict";
import { shotsOf } from "../../shared/canvas/chain.ts";
import { graphFaults } from "../../shared/canvas/operations.ts";
import { type RateName, RATES } from "../../shared/time/rate.ts";
import { TEMPLATES } from "./templates.ts";

Deno.test("every template is a canvas that the studio takes, at every frame rate", () => {
  for (const { id, graph } of TEMPLATES) {
    for (const fps of Object.keys(RATES) as RateName[]) {
      if (graph) assert.deepEqual(graphFaults(graph(fps)), [], `${id} at ${fps}`);
    }
  }
  const film = TEMPLATES.find(({ id }) => id === "animatic")!.graph!("25");
  assert.deepEqual(shotsOf(film, "film").map((shot) => [shot.shot, shot.duration]), [
    ["SHOT-010", 75],
    ["SHOT-020", 50],
    ["SHOT-030", 50],
    ["SHOT-040", 75],
  ]);
});
