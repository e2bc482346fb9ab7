import assert from "node:assert/strict";
import { hearDate, studioNow } from "./clock.ts";
import { agoText } from "./words.ts";

Deno.test("how long ago something was is told by the studio's clock, however wrong this computer's is", () => {
  const now = Date.now();
  const made = new Date(now - 5.5 * 60_000).toISOString();
  for (const hours of [0, 9, -7]) {
    // The same moment, as a computer sees it whose clock is so many hours ahead.
    hearDate(new Date(now - hours * 3_600_000).toUTCString(), now);
    const seen = new Date(Date.parse(made) - hours * 3_600_000).toISOString();
    assert.equal(agoText(seen), "5 min ago");
  }
  const before = studioNow();
  hearDate("rubbish");
  hearDate(null);
  hearDate(new Date(before + 900).toUTCString());
  assert.ok(Math.abs(studioNow() - before) < 1_000, "a second more or less changes nothing");
});
