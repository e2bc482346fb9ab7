import assert from "node:assert/strict";
import type { Comparison } from "../../shared/jobs/compare.ts";
import type { AgentRow } from "../agents/mod.ts";
import type { JobRow } from "../jobs/mod.ts";
import { judge } from "./judge.ts";
import { reputationOf, scoreOf } from "./reputation.ts";
import { drawn } from "./settings.ts";
import { type Compared, nextStep } from "./steps.ts";
import { whoElse } from "./who.ts";

Deno.test("a reputation is what a machine is right in at least: few checks are no proof", () => {
  assert.deepEqual([[0, 0], [1, 0], [5, 0], [20, 0], [19, 1], [0, 3]].map(([a, d]) => scoreOf(a!, d!)), [
    0,
    37,
    75,
    92,
    84,
    0,
  ]);
  for (let n = 1; n < 60; n++) {
    assert.ok(scoreOf(n, 0) >= scoreOf(n - 1, 0), "another agreement never lowers it");
    assert.ok(scoreOf(n, 1) < scoreOf(n, 0), "being wrong always does");
  }
  const wrong = reputationOf({ score: 86, agreed: 19, disagreed: 1, agreed_since: 2 });
  assert.equal(wrong.probation, true);
  assert.equal(
    wrong.sentence,
    "20 spot checks: 19 agreed, 1 found its work wrong. On probation: 3 more agreements to go.",
  );
});

Deno.test("a check goes on until two agree against a third, and never blames on the word of one", () => {
  const pair = (a: number, b: number, alike: boolean): Compared => ({ a, b, alike });
  assert.deepEqual(nextStep([1], []), { then: "make", nth: 2 });
  assert.deepEqual(nextStep([1, 2], []), { then: "compare", nths: [1, 2] });
  assert.deepEqual(nextStep([1, 2], [pair(1, 2, true)]), { then: "agreed", right: [1, 2] });
  assert.deepEqual(nextStep([1, 2], [pair(1, 2, false)]), { then: "make", nth: 3 });
  assert.deepEqual(nextStep([1, 2, 3], [pair(1, 2, false)]), { then: "compare", nths: [1, 2, 3] });
  const third = (first: boolean, second: boolean) =>
    nextStep([1, 2, 3], [pair(1, 2, false), pair(1, 3, first), pair(2, 3, second)]);
  assert.deepEqual(third(false, true), { then: "blame", wrong: 1, right: [2, 3] });
  assert.deepEqual(third(true, false), { then: "blame", wrong: 2, right: [1, 3] });
  assert.deepEqual(third(false, false), { then: "undecided", why: "all_differ" });
  assert.deepEqual(third(true, true), { then: "agreed", right: [1, 2, 3] });
});

Deno.test("two are the same by their pictures, and exactly by size, length and rate", () => {
  const still = { format: "png", width: 64, height: 48, frames: 1, audio: false };
  const clip = { format: "mp4", width: 64, height: 48, frames: 20, rate: "24/1", audio: false };
  const of = (figures: Partial<Comparison["pairs"][number]>, more: Partial<Comparison> = {}): Comparison => ({
    unreadable: {},
    media: { "1": still, "2": still },
    contrast: { "1": 50, "2": 48 },
    pairs: [{ a: "1", b: "2", psnr: [30], hash: [1], ...figures }],
    ...more,
  });
  const alike = (comparison: Comparison) => judge(comparison, "1", "2");
  assert.equal(alike(of({})).alike, true);
  assert.match(alike(of({ psnr: [12] })).why, /the pictures differ \(12\.0 dB/);
  assert.match(alike(of({ hash: [25] })).why, /built otherwise/);
  assert.match(alike(of({}, { contrast: { "1": 50, "2": 0.1 } })).why, /a single colour/);
  assert.equal(alike(of({}, { contrast: { "1": 0, "2": 0 } })).alike, true, "both may be black");
  assert.match(
    alike(of({}, { media: { "1": still, "2": { ...still, width: 66 } } })).why,
    /64 × 48 .* 66 × 48/,
  );
  const clips = (other: object, figures = {}) =>
    alike(of({ psnr: Array(20).fill(30), hash: Array(20).fill(0), ...figures }, {
      media: { "1": clip, "2": { ...clip, ...other } },
    }));
  assert.equal(clips({ rate: "48/2" }).alike, true);
  assert.match(clips({ frames: 19 }).why, /20 frames and the other 19/);
  assert.match(clips({ rate: "25/1" }).why, /runs at/);
  const psnr = Array.from({ length: 20 }, (_, at) => at < 3 ? 9 : 30);
  assert.match(clips({}, { psnr }).why, /3 of 20 frames differ/);
  assert.equal(clips({}, { psnr: psnr.map((each, at) => at < 1 ? each : 30) }).alike, true);
  assert.match(alike(of({ psnr: [], hash: [] }, { unreadable: { "2": "broken" } })).why, /no picture/);
  assert.throws(() => alike(of({ psnr: [], hash: [] })), /does not say/);
});

Deno.test("whoever makes it again is trusted if one can, else a stranger to whoever made it", () => {
  const job = {
    ...{
      project_id: "p",
      pool: "default",
      place: "anyone||",
      runner: "flux-image",
      capability: "flux-image@low",
    },
    ...{ vram_mb: 100, ram_mb: 0, disk_mb: 0 },
  } as JobRow;
  const agent = (id: string, trust: string, owner_id: string | null, more = {}) =>
    ({
      ...{ id, trust, owner_id, online: true, pools: ["default"], suspended: [], below: [] },
      facts: {
        ...{ ram_mb: 1, disk_free_mb: 1 },
        slots: [{ slot: "gpu0", vram_mb: 200, capabilities: ["flux-image@low"] }],
      },
      ...more,
    }) as unknown as AgentRow;
  const maker = agent("maker", "anyone", "mira");
  const sister = agent("sister", "anyone", "mira");
  const stranger = agent("stranger", "anyone", "jonas");
  const own = agent("own", "own", null);
  const whom = (roster: AgentRow[], of = job) => whoElse(roster, of, ["maker"]);
  assert.deepEqual(whom([maker, stranger, own]), { trust: "trusted", kept_off: ["maker"] });
  assert.deepEqual(whom([maker, sister, stranger]), { trust: "anyone", kept_off: ["maker", "sister"] });
  assert.equal(whom([maker, sister]), null, "not by its own sister");
  assert.equal(whom([maker, agent("away", "own", null, { online: false })]), null);
  // A shot that became the studio's own meanwhile is no stranger's any more.
  assert.equal(whom([maker, stranger], { ...job, place: "trusted||" }), null);
  assert.equal(whom([maker, own], { ...job, place: "anyone||own" }), null, "the film's own rules hold");
});

Deno.test("the draw is as often as it should be", () => {
  assert.equal(drawn(0), false);
  assert.equal(drawn(1), true);
  const n = Array.from({ length: 4000 }, () => drawn(0.25)).filter(Boolean).length;
  // Eight standard deviations.
  assert.ok(Math.abs(n - 1000) < 220, String(n));
});
