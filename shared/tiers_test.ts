import assert from "node:assert/strict";
import fc from "fast-check";
import { TIER_ORDER, tierBelow, tierOfCard, TIERS, tiersFrom } from "./tiers.ts";

Deno.test("cards get the tier their label promises, though they report less", () => {
  const reported: [string, number, string | null][] = [
    ["RTX 3060 12 GB", 12_288, "low"],
    ["a 12 GB card less its reserve", 11_264, "low"],
    ["RTX 4060 Ti 16 GB", 15_974, "standard"],
    ["RTX 4090", 24_564, "high"],
    ["A10G", 22_731, "high"],
    ["RTX 3070", 8_192, null],
    ["CPU", 0, null],
  ];
  for (const [card, vram, tier] of reported) assert.equal(tierOfCard(vram), tier, card);
});

Deno.test("a fallback tries the tier itself, then each below, and ends at Low", () => {
  assert.deepEqual(tiersFrom("high"), ["high", "standard", "low"]);
  assert.deepEqual(tiersFrom("low"), ["low"]);
  assert.equal(tierBelow("high"), "standard");
  assert.equal(tierBelow("low"), null);
});

Deno.test("more memory never means a lower tier, and a card can hold what its tier needs", () => {
  fc.assert(fc.property(fc.nat(100_000), fc.nat(100_000), (a, b) => {
    const [less, more] = [Math.min(a, b), Math.max(a, b)].map((vram) => tierOfCard(vram));
    const rank = (tier: typeof less) => tier ? TIER_ORDER.indexOf(tier) : -1;
    assert.ok(rank(less!) <= rank(more!));
    const tier = tierOfCard(a);
    if (tier) assert.ok(a >= TIERS[tier].minVramMb);
  }));
});

Deno.test("limits only widen from Low to High", () => {
  const wide = (limit: number | null) => limit ?? Infinity;
  for (const [index, tier] of TIER_ORDER.entries()) {
    const above = TIER_ORDER[index + 1];
    if (!above) continue;
    for (const limit of ["maxArea", "maxControlNets", "maxIpAdapters"] as const) {
      assert.ok(wide(TIERS[tier][limit]) <= wide(TIERS[above][limit]), `${limit} of ${tier}`);
    }
    assert.ok(TIERS[tier].minVramMb < TIERS[above].minVramMb);
  }
});
