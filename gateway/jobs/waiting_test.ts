import assert from "node:assert/strict";
import type { AgentRow } from "../agents/mod.ts";
import type { JobRow } from "./mod.ts";
import { addTaker, openJobStudio, queue } from "./testing.ts";
import { waitingReason } from "./waiting.ts";

const gib = 1024;
const job = {
  state: "queued",
  resting: false,
  pool: "default",
  place: "trusted||",
  runner: "flux-image",
  tier: "standard",
  capability: "flux-image@standard",
  vram_mb: 15 * gib,
  ram_mb: 24 * gib,
  disk_mb: 20 * gib,
} as JobRow;

function agent(change: Omit<Partial<AgentRow>, "facts"> & { facts?: object } = {}): AgentRow {
  const { facts, ...row } = change;
  return {
    id: crypto.randomUUID(),
    name: "Tower",
    pools: ["default"],
    trust: "trusted",
    paused: false,
    draining: false,
    leaving: false,
    online: true,
    suspended: [],
    facts: {
      ram_mb: 64 * gib,
      disk_free_mb: 200 * gib,
      slots: [{ slot: "gpu0", name: "Card", vram_mb: 16 * gib, capabilities: ["flux-image@standard"] }],
      cannot: [],
      ...facts,
    },
    ...row,
  } as unknown as AgentRow;
}
const card = (
  vram_mb: number,
  ...capabilities: string[]
) => [{ slot: "gpu0", name: "Card", vram_mb, capabilities }];
const why = (...roster: AgentRow[]) => waitingReason(job, roster, { now: 0 })!;

Deno.test("every waiting job has a reason, the nearest one", () => {
  assert.equal(why().reason, "no_agent");
  assert.equal(why(agent({ online: false })).reason, "no_agent");
  assert.equal(why(agent()).reason, "next");
  assert.equal(why(agent({ paused: true })).reason, "paused");
  assert.equal(why(agent({ leaving: true })).reason, "paused");
  assert.equal(why(agent({ pools: ["cloud"] })).reason, "pool");
  const quarantine = {
    since: "",
    reason: "3 attempts at 2 jobs failed here: its disk was full. More.",
    boot_id: null,
    slots: [],
  };
  const sick = why(agent({ quarantine }));
  assert.equal(sick.reason, "quarantined");
  assert.match(
    sick.sentence,
    /Tower could make it but is in quarantine\. 3 attempts .* its disk was full\. Look at/,
  );
  const suspended = [{ runner: "flux-image", count: 3, suspended_at: new Date() }];
  assert.equal(why(agent({ suspended })).reason, "suspended");
  assert.equal(why(agent({ facts: { ram_mb: 8 * gib } })).reason, "ram");
  assert.equal(why(agent({ facts: { disk_free_mb: 5 * gib } })).reason, "disk");
  assert.equal(why(agent({ facts: { slots: card(12 * gib, "flux-image@low") } })).reason, "vram");
  assert.equal(why(agent({ facts: { slots: card(24 * gib, "wan-video@high") } })).reason, "no_runner");
});

Deno.test("one agent that can outweighs all that cannot", () => {
  assert.equal(why(agent({ paused: true }), agent({ pools: ["cloud"] }), agent()).reason, "next");
});

Deno.test("two cards of one machine are never merged", () => {
  const slots = [...card(24 * gib, "wan-video@high"), ...card(8 * gib, "flux-image@standard")];
  assert.equal(why(agent({ facts: { slots } })).reason, "no_runner");
});

Deno.test("sentences say what is needed and what would change it", () => {
  assert.equal(
    why(agent({ facts: { slots: card(12 * gib, "flux-image@low") } })).sentence,
    "Needs flux-image at Standard (15 GB); no card that large is online.",
  );
  const cannot = [{
    capability: "flux-image@standard",
    reason: "models",
    sentence: "flux1-dev-fp8.safetensors is not in models/checkpoints.",
  }];
  assert.equal(
    why(agent({ facts: { slots: card(24 * gib, "wan-video@high"), cannot } })).sentence,
    "Needs flux-image at Standard (15 GB); Tower cannot: flux1-dev-fp8.safetensors is not in models/checkpoints.",
  );
});

Deno.test("a film that waits says so in its own words", () => {
  const film = {
    ...job,
    runner: "assemble",
    tier: null,
    capability: "assemble",
    vram_mb: 0,
    ram_mb: 0,
    disk_mb: 0,
  };
  assert.equal(
    waitingReason(film, [agent()], { now: 0 })!.sentence,
    "Needs an agent that cuts films (ffmpeg); no agent online offers it.",
  );
});

Deno.test("an idle card learns why there is nothing for it, as counts", async () => {
  await using studio = await openJobStudio();
  const project = await studio.makeProject();
  const laptop = await addTaker(studio, { vram_mb: 12 * gib, capabilities: ["flux-image@low"] });
  await queue(studio, project, { count: 12, tier: "high" });
  await queue(studio, project, { count: 3, runner: "animatic" });
  assert.deepEqual(await studio.studio.jobs.idleReasons(laptop), {
    sentence: "Nothing for this card: 12 need 22 GiB, 3 need animatic at Standard.",
    reasons: [
      { reason: "vram", count: 12, sentence: "12 need 22 GiB" },
      { reason: "no_runner", count: 3, sentence: "3 need animatic at Standard" },
    ],
  });
  const elsewhere = await studio.studio.jobs.idleReasons({ ...laptop, pools: ["cloud"] });
  assert.deepEqual(elsewhere.reasons.map((each) => [each.reason, each.count]), [["pool", 15]]);
});

Deno.test("a prompt that a machine's owner refuses is said to be the reason, unless another machine makes it", () => {
  const asked = { ...job, id: "0197b7a0-0000-7000-8000-000000000001" } as JobRow;
  const terms = { projects: { allow: [], deny: [] }, pools: [], refused: [asked.id] };
  const strict = agent({ facts: { terms } });
  const { reason, sentence } = waitingReason(asked, [strict], { now: 0 })!;
  assert.equal(reason, "paused");
  assert.match(sentence, /Tower could make it but its owner refuses prompts with certain words/);
  assert.equal(waitingReason(asked, [strict, agent({ name: "Attic" })], { now: 0 })!.reason, "next");
  const other = { ...asked, id: "0197b7a0-0000-7000-8000-000000000002" } as JobRow;
  assert.equal(waitingReason(other, [strict], { now: 0 })!.reason, "next");
});
