import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createSha256 } from "./sha256.ts";

Deno.test("a file hashed piece by piece has the hash that everybody else finds", () => {
  const empty = createSha256();
  assert.equal(empty.digest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // Every length around a block and its padding, cut in pieces of every kind.
  for (const length of [1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_003]) {
    const bytes = Uint8Array.from({ length }, (_, n) => n * 31 + length);
    for (const piece of [1, 7, 64, 100, length]) {
      if (length / piece > 20_000) continue;
      const hash = createSha256();
      for (let at = 0; at < length; at += piece) hash.update(bytes.subarray(at, at + piece));
      assert.equal(hash.digest(), createHash("sha256").update(bytes).digest("hex"), `${length} by ${piece}`);
    }
  }
});
