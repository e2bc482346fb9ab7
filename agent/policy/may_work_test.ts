import assert from "node:assert/strict";
import { withinHours } from "./hours.ts";
import { isBusy, isGame, mayWork, type Readings } from "./may_work.ts";
import { Policy } from "./policy.ts";
import { lendFacts } from "./lend.ts";
import { refusal } from "./refuse.ts";
import { testMachine, testSpec, writesFile } from "../testing/agent.ts";

const CALM: Readings = {
  wish: "work",
  othersVramMb: 400,
  othersGpuPercent: 0,
  quietS: Infinity,
  sinceGameS: Infinity,
  monthBytes: 0,
  folderBytes: 0,
};
const NOON = new Date("2026-06-10T12:00:00Z");
const verdict = (policy: object, readings: Partial<Readings> = {}, now = NOON) =>
  mayWork(Policy.parse(policy), now, { ...CALM, ...readings });

Deno.test("without rules a machine works, and a desktop is not a game", () => {
  assert.deepEqual(verdict({}), { take: true, keep: true, sentence: "" });
  assert.equal(verdict({}, { othersVramMb: null, othersGpuPercent: null }).take, true);
});

Deno.test("a pause ends what runs, a pause after the job does not", () => {
  assert.deepEqual(verdict({}, { wish: "pause" }), {
    take: false,
    keep: false,
    sentence: "Paused on the machine itself.",
  });
  const after = verdict({}, { wish: "pause_after_job" });
  assert.deepEqual([after.take, after.keep], [false, true]);
  assert.match(after.sentence, /finished first/);
});

Deno.test("a game ends what runs at once, or lets it end, as its owner wants; memory or load alone is enough", () => {
  for (const uses of [{ othersVramMb: 6000 }, { othersGpuPercent: 80 }]) {
    const now = verdict({}, uses);
    assert.deepEqual([now.take, now.keep], [false, false]);
    assert.match(now.sentence, /Makes way: other programs use more than 3.0 GiB or 50 %/);
    const later = verdict({ yield_to_games: { immediately: false } }, uses);
    assert.deepEqual([later.take, later.keep], [false, true]);
    assert.equal(verdict({ yield_to_games: null }, uses).take, true);
  }
  assert.match(verdict({}, { sinceGameS: 30 }).sentence, /back in 2 min/);
  assert.equal(verdict({}, { sinceGameS: 121 }).take, true);
  // A game that starts while the machine was told to finish its job still comes first.
  assert.equal(verdict({}, { wish: "pause_after_job", othersVramMb: 6000 }).keep, false);
});

Deno.test("only when idle: after quiet minutes, and never where nobody can tell", () => {
  const idle = { only_when_idle: { gpu_below_percent: 10, for_minutes: 5 } };
  assert.match(verdict(idle, { quietS: 299 }).sentence, /idle for 5 min/);
  assert.deepEqual(verdict(idle, { quietS: 300 }).take, true);
  assert.match(verdict(idle, { othersGpuPercent: null }).sentence, /nvidia-smi does not say/);
  assert.equal(verdict(idle, { quietS: 0 }).keep, true);
  const policy = Policy.parse(idle);
  assert.equal(isBusy(policy, { othersGpuPercent: 10 }), true);
  assert.equal(isBusy(policy, { othersGpuPercent: 9 }), false);
  assert.equal(isBusy(Policy.parse({}), { othersGpuPercent: 90 }), false);
  assert.equal(
    isGame(Policy.parse({ yield_to_games: null }), { othersVramMb: 9e4, othersGpuPercent: 100 }),
    false,
  );
});

Deno.test("a month's gigabytes and the folder's budget end with a sentence, and zero is a limit too", () => {
  assert.match(verdict({ monthly_gb: 50 }, { monthBytes: 50e9 }).sentence, /This month's 50 GB are used up/);
  assert.equal(verdict({ monthly_gb: 50 }, { monthBytes: 49e9 }).take, true);
  assert.equal(verdict({ monthly_gb: 0 }).take, false);
  assert.match(verdict({ disk_budget_gb: 1 }, { folderBytes: 2.5e9 }).sentence, /takes 2.5 of the 1 GB/);
  assert.equal(verdict({ disk_budget_gb: 3 }, { folderBytes: 2.5e9 }).take, true);
});

Deno.test("hours over midnight belong to the day they begin on", () => {
  // Wednesday 10 June 2026.
  const nights = { time_zone: "UTC", hours: [{ days: ["wed", "fri"], from: "22:00", to: "07:00" }] };
  const at = (text: string) => verdict(nights, {}, new Date(text)).take;
  assert.equal(at("2026-06-10T21:59:59Z"), false);
  assert.equal(at("2026-06-10T22:00:00Z"), true);
  assert.equal(at("2026-06-11T06:59:00Z"), true, "Thursday morning is Wednesday's night");
  assert.equal(at("2026-06-11T07:00:00Z"), false);
  assert.equal(at("2026-06-11T23:00:00Z"), false, "Thursday's night is not lent");
  assert.equal(at("2026-06-10T03:00:00Z"), false, "nor Tuesday's");
  const outside = verdict(nights);
  assert.deepEqual([outside.take, outside.keep], [false, true]);
  assert.equal(outside.sentence, "Outside its hours (wed fri 22:00–07:00).");
});

Deno.test("whole days, the end of a day, and several ranges", () => {
  const within = (hours: object[], text: string) =>
    withinHours(Policy.parse({ hours }).hours, new Date(text), "UTC");
  assert.equal(within([{ from: "00:00", to: "24:00" }], "2026-06-10T23:59:00Z"), true);
  assert.equal(within([{ days: ["sun"], from: "09:00", to: "09:00" }], "2026-06-14T00:00:00Z"), true);
  assert.equal(within([{ days: ["sun"], from: "09:00", to: "09:00" }], "2026-06-15T00:00:00Z"), false);
  const two = [{ from: "06:00", to: "07:00" }, { days: ["sat"], from: "10:00", to: "12:00" }];
  assert.equal(within(two, "2026-06-10T06:30:00Z"), true);
  assert.equal(within(two, "2026-06-13T11:00:00Z"), true);
  assert.equal(within(two, "2026-06-10T11:00:00Z"), false);
});

Deno.test("hours are the clock on the wall, on both days that the clocks change", () => {
  const berlin = (hours: object, text: string) =>
    verdict({ time_zone: "Europe/Berlin", hours: [hours] }, {}, new Date(text)).take;
  const early = { from: "01:30", to: "03:00" };
  // 29 March 2026: 02:00 CET becomes 03:00 CEST at 01:00 UTC.
  assert.equal(berlin(early, "2026-03-29T00:29:00Z"), false);
  assert.equal(berlin(early, "2026-03-29T00:59:00Z"), true);
  assert.equal(berlin(early, "2026-03-29T01:00:00Z"), false, "the hour from two to three is skipped");
  // 25 October 2026: 03:00 CEST becomes 02:00 CET at 01:00 UTC.
  assert.equal(berlin(early, "2026-10-25T00:30:00Z"), true, "02:30 the first time");
  assert.equal(berlin(early, "2026-10-25T01:30:00Z"), true, "02:30 the second time");
  assert.equal(berlin(early, "2026-10-25T02:00:00Z"), false, "03:00 comes once");
  const night = { days: ["sat"], from: "22:00", to: "06:00" };
  assert.equal(berlin(night, "2026-03-29T03:59:00Z"), true, "05:59 CEST");
  assert.equal(berlin(night, "2026-03-29T04:00:00Z"), false, "06:00 CEST");
  assert.equal(berlin(night, "2026-10-25T04:59:00Z"), true, "05:59 CET");
});

Deno.test("projects by id or title, runners, and whole words in any language are refused", () => {
  const project = { id: "01890000-0000-7000-8000-00000000000a", title: "A Film" };
  const lease = (prompt: string) => ({ project, spec: { ...testSpec(), params: { prompt } } });
  const why = (policy: object, prompt = "a lighthouse") => refusal(Policy.parse(policy), lease(prompt));
  assert.equal(why({}), null);
  assert.match(why({ projects: { deny: ["a film "] } })!, /this project/);
  assert.match(why({ projects: { deny: [project.id.toUpperCase()] } })!, /this project/);
  assert.equal(why({ projects: { allow: ["A film"] } }), null);
  assert.match(why({ projects: { allow: ["Another"] } })!, /this project/);
  assert.match(why({ projects: { allow: ["A film"], deny: ["A film"] } })!, /this project/, "deny wins");
  assert.match(why({ runners: { deny: ["test"] } })!, /this runner/);
  assert.match(why({ runners: { allow: ["flux-image"] } })!, /this runner/);
  const words = { refuse_words: ["gun", "naïve art", "оружие", "C++"] };
  for (const prompt of ["A GUN, smoking", "very Naïve Art!", "без Оружие.", "code in c++"]) {
    const sentence = why(words, prompt)!;
    assert.match(sentence, /certain words/, prompt);
    assert.doesNotMatch(sentence, /gun|art|оружие/i, "which one it was stays here");
  }
  assert.equal(why(words, "a gunwale, shotguns, naïve artist"), null);
});

Deno.test("what is lent: other runners are declared as withheld, and terms only where there are any", () => {
  const { facts } = testMachine(writesFile(new Uint8Array()), { capabilities: ["test@low", "assemble"] });
  const all = lendFacts(Policy.parse({}), facts);
  assert.deepEqual(all, facts);
  const some = lendFacts(Policy.parse({ runners: { deny: ["assemble"] }, pools: ["farm"] }), facts);
  assert.deepEqual(some.slots[0]!.capabilities, ["test@low"]);
  assert.deepEqual(some.cannot.map(({ capability, reason }) => [capability, reason]), [[
    "assemble",
    "policy",
  ]]);
  assert.deepEqual(some.terms, { projects: { allow: [], deny: [] }, pools: ["farm"] });
  assert.deepEqual(
    lendFacts(null, facts).slots[0]!.capabilities,
    [],
    "rules that cannot be read lend nothing",
  );
});
