import assert from "node:assert/strict";
import { clock, createTerminal, liveLine } from "./terminal.ts";

function line(progress: number, stage = "Sampling 18 of 30") {
  return {
    job: "j1",
    slot: "gpu0",
    title: "SHOT-010_v01_take02",
    project: "The Lighthouse",
    progress: { stage, progress },
  };
}

function terminal(live: boolean, color = false) {
  let written = "";
  let now = Date.UTC(2026, 0, 1, 12, 0, 0);
  const screen = createTerminal({
    write: (text) => written += text,
    live,
    color,
    columns: () => 100,
    now: () => now,
  });
  return { screen, written: () => written, later: (ms: number) => now += ms };
}

Deno.test("not a terminal: a plain line at the start, at each tenth and at the end", () => {
  const { screen, written } = terminal(false);
  for (let percent = 0; percent <= 100; percent++) screen.job(line(percent / 100));
  screen.ended("j1", "SHOT-010_v01_take02 is done after 12 s");
  const lines = written().trimEnd().split("\n");
  assert.equal(lines.length, 12);
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d gpu0 takes SHOT-010_v01_take02 \(The Lighthouse\)$/);
  assert.match(lines[5]!, /gpu0 SHOT-010_v01_take02: 50 %, Sampling 18 of 30$/);
  assert.match(lines[11]!, /is done after 12 s$/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(written(), /\x1b/);
});

Deno.test("a terminal: one live line per job, drawn over, with sentences above it", () => {
  const { screen, written, later } = terminal(true);
  screen.job(line(0));
  later(1000);
  screen.job(line(0.5));
  later(1000);
  screen.say("Paused by its owner");
  screen.ended("j1", "done");
  screen.close();
  assert.ok(written().includes("\x1b[1A\r\x1b[J"), "the live line is drawn over");
  assert.match(written(), /█{10}░{10}  {2}50 %|█+░+ {2} 50 %/);
  assert.ok(written().endsWith("done\n"), "no live line remains");
});

Deno.test("a live line fits the terminal and says what is left", () => {
  const narrow = liveLine(line(0.58), 40, 60_000);
  assert.equal([...narrow].length, 39);
  assert.match(liveLine(line(0.5), 120, 60_000), /50 % {2}1:00 left {2}Sampling/);
  const told = { ...line(0.5), progress: { ...line(0.5).progress, seconds_left: 42 } };
  assert.match(liveLine(told, 120, 60_000), /0:42 left/);
  assert.doesNotMatch(liveLine(line(0.02), 120, 60_000), /left/, "too early to judge");
});

Deno.test("the same trouble is said once, and again after it was over", () => {
  const { screen, written } = terminal(false);
  screen.trouble("gateway", "Cannot reach it.");
  screen.trouble("gateway", "Cannot reach it.");
  screen.settled("gateway");
  screen.trouble("gateway", "Cannot reach it.");
  assert.equal(written().trimEnd().split("\n").length, 2);
});

Deno.test("colours only where they are wanted", () => {
  const plain = terminal(false, false);
  plain.screen.trouble("x", "Careful.");
  const coloured = terminal(false, true);
  coloured.screen.trouble("x", "Careful.");
  assert.ok(!plain.written().includes("\x1b"));
  assert.ok(coloured.written().includes("\x1b[33mCareful."));
});

Deno.test("nothing in a title moves the cursor", () => {
  const { screen, written } = terminal(false);
  screen.say("evil\x1b[2J\r\ntitle\x9b1A");
  assert.match(written(), /evil \[2J title 1A\n$/);
});

Deno.test("times read as people say them", () => {
  assert.deepEqual([0, 42, 61, 3600, 3725].map(clock), ["0:00", "0:42", "1:01", "1:00:00", "1:02:05"]);
});
