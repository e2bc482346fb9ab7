import assert from "node:assert/strict";
import fc from "fast-check";
import { MilestoneName } from "../../../shared/api/history.ts";
import { milestoneName } from "./mark_milestone.tsx";

Deno.test("whatever a milestone is called, its name is one that Git takes, or none", () => {
  assert.equal(milestoneName("Director's cut 2"), "Directors-cut-2");
  assert.equal(milestoneName("  Früh, spät.lock "), "Fruh-spat-lock");
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (title) => {
    const name = milestoneName(title);
    assert.ok(name === "" || MilestoneName.safeParse(name).success, JSON.stringify(name));
  }));
});
