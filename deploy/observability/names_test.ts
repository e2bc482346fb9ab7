import assert from "node:assert/strict";
import { join } from "@std/path";
import { openTestStudio } from "../../gateway/testing/studio.ts";
import { FLEETS, scalingQuery } from "../kubernetes/generate.ts";
import { dashboard, written } from "./dashboard.ts";

const read = (name: string) => Deno.readTextFile(join(import.meta.dirname!, name));

Deno.test("alerts, dashboard and scaling ask for figures that the gateway gives", async () => {
  await using studio = await openTestStudio();
  const given = namesIn(await (await studio.request("/metrics")).text());
  const asked = {
    "alerts.yaml": await read("alerts.yaml"),
    "dashboard.json": dashboard().panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n"),
    scaling: FLEETS.map(scalingQuery).join("\n"),
  };
  for (const [where, text] of Object.entries(asked)) {
    const names = new Set(text.match(/\bstudio_\w+/g));
    assert.ok(names.size > 0, `${where} asks for nothing`);
    for (const name of names) assert.ok(given.has(name), `${where} asks for ${name}, which /metrics has not`);
  }
});

Deno.test("the dashboard is what its source says, and no panel lies on another", async () => {
  assert.equal(await read("dashboard.json"), written(), "run deploy/observability/dashboard.ts");
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of dashboard().panels) {
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert.ok(column < 24 && !taken.has(`${column} ${row}`), title);
        taken.add(`${column} ${row}`);
      }
    }
  }
});

/** A histogram is asked for by the names of its series. */
function namesIn(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    if (type === "histogram") { for (const part of ["bucket", "sum", "count"]) names.add(`${name}_${part}`); }
    else names.add(name!);
  }
  return names;
}
