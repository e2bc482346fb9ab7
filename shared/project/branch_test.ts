import assert from "node:assert/strict";
import fc from "fast-check";
import { branchNameFault, branchNameOf, inTheWay } from "./branch.ts";

const pieces = fc.constantFrom(
  "a",
  "look-b",
  "ß",
  "..",
  ".",
  "/",
  "//",
  "@",
  "@{",
  "~",
  "^",
  ":",
  "*",
  " ",
  ".lock",
  "-",
);
const anyName = fc.oneof(
  fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

Deno.test("what is taken as a branch's name, Git takes", async () => {
  const taken = fc.sample(anyName, 400).filter((name) => branchNameFault(name) === null);
  assert.ok(taken.length > 10);
  for (const name of new Set(taken)) {
    const { code } = await new Deno.Command("git", { args: ["check-ref-format", `refs/heads/${name}`] })
      .output();
    assert.equal(code, 0, JSON.stringify(name));
  }
});

Deno.test("any title becomes a name, and common titles a good one", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (title) => {
    assert.equal(branchNameFault(branchNameOf(title)), null);
  }));
  const titles = ["Look B: warmer!", "Größe", "Director's cut 2", "…", "HEAD"];
  assert.deepEqual(titles.map(branchNameOf), [
    "look-b-warmer",
    "grosse",
    "directors-cut-2",
    "branch",
    "head",
  ]);
  assert.deepEqual([inTheWay("look", "look/b"), inTheWay("look", "look-b")], [true, false]);
});
