import assert from "node:assert/strict";
import { RATES } from "../time/rate.ts";
import { noteOf, noteRemarks, remarkOf, soundOf, soundRemarks } from "./remarks.ts";

const event = { reel: "A1", channels: "A2", record: { in: 86_400, out: 86_500 } };
const list = { rate: RATES["24"], drop: false };

Deno.test("level, mute and fades come back from the remarks that say them", () => {
  const sound = { level: -6.5, muted: true, fade_in: 12, fade_out: 1000 };
  const comments = soundRemarks(sound, event, list);
  assert.deepEqual(comments, [
    "AUDIO LEVEL AT 01:00:00:00 IS -6.50 DB  (REEL A1 A2)",
    ...["AUDIO MUTE", "AUDIO FADE IN: 012", "AUDIO FADE OUT: 1000"],
  ]);
  assert.deepEqual(soundOf({ comments }), sound);
  assert.deepEqual(soundRemarks({}, event, list), []);
});

Deno.test("levels as other programs write them are read, and the first of several counts", () => {
  const level = (...comments: string[]) => soundOf({ comments }).level;
  assert.equal(level("AUDIO LEVEL AT 00:00:01:00 IS +3.50 DB (REEL AX A1)"), 3.5);
  assert.equal(level("Audio Level at 00:00:01;00 is -INF dB"), -96);
  assert.equal(level("AUDIO LEVEL AT 00:00:01:00 IS -1 DB", "AUDIO LEVEL AT 00:00:02:00 IS -9 DB"), -1);
  assert.equal(level("AUDIO LEVEL AT x IS loud"), 0);
});

Deno.test("a note keeps its lines, and none of them can be an event", () => {
  const comments = noteRemarks("Darker\r\n\n001  X V C\tnow");
  assert.deepEqual(comments, ["NOTE: Darker", "NOTE: 001  X V C now"]);
  assert.equal(noteOf({ comments }), "Darker\n001  X V C now");
  assert.equal(remarkOf({ comments: ["SHOT: A", "SHOT: B"] }, "shot"), "A");
});
