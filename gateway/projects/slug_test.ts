import assert from "node:assert/strict";
import fc from "fast-check";
import { isId } from "../../shared/ids.ts";
import { slugOf } from "./slug.ts";

Deno.test("a title becomes a name for URLs and folders that people recognise", () => {
  assert.equal(slugOf("The Lighthouse Keeper"), "The-Lighthouse-Keeper");
  assert.equal(slugOf("  Élan vital: l'été!  "), "Elan-vital-lete");
  assert.equal(slugOf("灯台守"), "Project");
  assert.equal(slugOf("../../etc/passwd"), "etc-passwd");
  assert.equal(slugOf("Library"), "Project-Library");
  assert.equal(slugOf("A film", 3), "A-film-3");
});

Deno.test("whatever the title, the slug is safe, never empty and never an id", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.uuid(),
      fc.constantFrom("-", "..", "library", ""),
    ),
    fc.integer({ min: 1, max: 999 }),
    (title, nth) => {
      const slug = slugOf(title, nth);
      assert.match(slug, /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/);
      assert.ok(slug.length <= 80);
      assert.ok(!isId(slug.toLowerCase()));
      assert.notEqual(slug.toLowerCase(), "library");
    },
  ));
});
