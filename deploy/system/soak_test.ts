import assert from "node:assert/strict";
import { findNginx } from "../nginx/start.ts";
import { report } from "../soak/report.ts";
import { soak } from "../soak/soak.ts";
import { bucketMissing } from "../testing/bucket.ts";

const missing = findNginx() ? await bucketMissing() : "nginx is not installed; run `deno task setup --tests`";
if (missing) console.warn(`Skipped, gateways that are killed behind nginx: ${missing}.`);

/** Ten minutes of it, with fifty agents, are `deno task soak`. */
Deno.test({
  name:
    "three gateways behind nginx are killed in turn and PostgreSQL is cut off: no job, push or film lost or doubled, nobody signed out, every gesture kept",
  ignore: missing !== null,
  async fn() {
    const soaked = await soak({
      seconds: 26,
      gateways: 3,
      agents: 12,
      crews: 1,
      people: 2,
      pushers: 1,
      donor: { here: 8, away: 6 },
      killEvery: 12,
      downFor: 4,
      say: (sentence) => console.log(sentence),
    });
    console.log(report(soaked));
    assert.equal(soaked.kills, 2);
    assert.ok(soaked.jobs > 5 && soaked.gestures > 20, "there was work");
    assert.ok(soaked.films > 0 && soaked.pushers.every(({ pushed }) => pushed.length > 0), "of all kinds");
  },
});
