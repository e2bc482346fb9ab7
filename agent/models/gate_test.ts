import assert from "node:assert/strict";
import { pause } from "../lease/backoff.ts";
import { eventually } from "../testing/agent.ts";
import { writePolicyForTest } from "../testing/policy.ts";
import { writeResting, writeWish } from "../policy/pause.ts";
import { openGate } from "./gate.ts";

type Seen = { vramMb: number | null; percent: number | null };

async function withFolder(story: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "agent-gate-" });
  try {
    await story(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a game closes the gate at once, also for who said --now, and it opens a while after", () =>
  withFolder(async (folder) => {
    await writePolicyForTest(folder, { yield_to_games: { back_after_minutes: 0 } });
    let seen: Seen = { vramMb: 100, percent: 3 };
    for (const now of [false, true]) {
      using gate = await openGate({ dataDir: folder, now, look: () => Promise.resolve(seen), everyMs: 5 });
      assert.equal(gate.closed(), null);
      seen = { vramMb: 6_000, percent: 97 };
      await eventually("it is closed", () => /Makes way/.test(gate.closed() ?? ""));
      const said: string[] = [];
      const opened = gate.open(new AbortController().signal, (sentence) => said.push(sentence));
      await pause(20);
      seen = { vramMb: 100, percent: 3 };
      await opened;
      assert.match(said[0]!, /Makes way/);
      assert.equal(said.at(-1), "");
    }
  }));

Deno.test("hours, a pause and what the running agent says close it, unless its owner said --now; broken rules always do", () =>
  withFolder(async (folder) => {
    const look = () => Promise.resolve(null);
    const closedFor = async (now: boolean) => {
      using gate = await openGate({ dataDir: folder, now, look, everyMs: 60_000 });
      return gate.closed();
    };
    const hour = new Date().getHours();
    const elsewhere = [hour + 2, hour + 3].map((each) => `${String(each % 24).padStart(2, "0")}:00`);
    await writePolicyForTest(folder, { hours: [{ from: elsewhere[0], to: elsewhere[1] }] });
    assert.match((await closedFor(false))!, /Outside its hours/);
    assert.equal(await closedFor(true), null);
    await writePolicyForTest(folder, {});
    await writeWish(folder, "pause");
    assert.match((await closedFor(false))!, /Paused on the machine itself/);
    assert.equal(await closedFor(true), null);
    await writeWish(folder, "work");
    await writeResting(folder, "Its folder takes 12.0 of the 10 GB it may.");
    assert.match((await closedFor(false))!, /Its folder takes/);
    assert.equal(await closedFor(true), null);
    await writeResting(folder, "Made way for a game; back within a minute.");
    assert.match((await closedFor(true))!, /Made way for a game/);
    await writeResting(folder, "");
    await Deno.writeTextFile(`${folder}/policy.json`, "{");
    assert.match((await closedFor(true))!, /Waits until its rules are mended/);
  }));
