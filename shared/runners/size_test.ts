import assert from "node:assert/strict";
import { sizeOf, sizeOfAll, sizeWords } from "./size.ts";

const computed = { size_about: { bytes: 58_318_848, from: "42 layers of 226 tokens" } };

Deno.test("what is stated goes before what was computed, and a sum says when it is one of estimates", () => {
  assert.deepEqual(sizeOf({ ...computed, size: 7 }), { bytes: 7, about: false });
  assert.equal(sizeWords(sizeOf(computed)!), "about 59 MB");
  assert.equal(sizeWords({ bytes: 700, about: false }), "1 kB");
  assert.equal(sizeWords({ bytes: 11_901_525_888, about: false }), "11.9 GB");
  assert.equal(sizeOf({}), null);
  assert.deepEqual(sizeOfAll([{ size: 1e9 }, computed, {}]), {
    ...{ bytes: 1_058_318_848, about: true, unknown: 1 },
  });
});
