import assert from "node:assert/strict";
import { join } from "@std/path";
import { eventually } from "../testing/agent.ts";
import { openPower, parsePower, targetOf } from "./power.ts";

interface Driver extends AsyncDisposable {
  folder: string;
  limit(): Promise<number>;
  set(watts: number): Promise<void>;
  permits(yes: boolean): Promise<void>;
}

/** An nvidia-smi that speaks as the tool does of one card, 100 to 450 W, and keeps its limit in a file. */
async function openDriver(): Promise<Driver> {
  const folder = await Deno.makeTempDir({ prefix: "agent-power-" });
  const before = Deno.env.get("PATH")!;
  const [limit, refuses] = [join(folder, "limit"), join(folder, "refuses")];
  await Deno.writeTextFile(limit, "420.00");
  await Deno.writeTextFile(
    join(folder, "nvidia-smi"),
    `#!/bin/sh
case "$1" in
  --query-gpu=*) echo "GPU-1f2e, 0, $(cat ${limit}), 100.00, 450.00" ;;
  -i)
    [ "$2" = "GPU-1f2e" ] && [ "$3" = "-pl" ] || exit 3
    if [ -e ${refuses} ]; then
      echo "The current user does not have permission to change clocks for GPU 00000000:01:00.0."
      echo "Terminating early due to previous errors. Insufficient Permissions"
      exit 4
    fi
    echo "$4.00" > ${limit}
    echo "Power limit for GPU 00000000:01:00.0 was set to $4.00 W from 420.00 W." ;;
  *) exit 9 ;;
esac
`,
    { mode: 0o755 },
  );
  Deno.env.set("PATH", `${folder}:${before}`);
  return {
    folder,
    limit: async () => Number(await Deno.readTextFile(limit)),
    set: (watts) => Deno.writeTextFile(limit, `${watts}.00`),
    permits: (yes) => yes ? Deno.remove(refuses) : Deno.writeTextFile(refuses, ""),
    async [Symbol.asyncDispose]() {
      Deno.env.set("PATH", before);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** `told`: all that was said; `faults`: what still stands. */
function open(driver: Driver, most: () => number | null, told: string[] = [], faults: string[] = []) {
  const say = (sentence: string) => void told.push(sentence);
  const trouble = (sentence: string) => (say(sentence), void faults.splice(0, 1, sentence));
  const settled = () => void faults.splice(0);
  const { folder: dataDir } = driver;
  return openPower({ dataDir, most, say, trouble, settled, everyMs: 10, againMs: 50 });
}

const UNIX = { ignore: Deno.build.os === "windows" };

Deno.test(
  "a card is held to its owner's watts while it works, and given back when it rests and at the end",
  UNIX,
  async () => {
    await using driver = await openDriver();
    let most: number | null = 250;
    const told: string[] = [];
    {
      await using _power = await open(driver, () => most, told);
      await eventually("the limit is held", async () => await driver.limit() === 250);
      const sentence = "Card 0 draws 250 W at most while it works (before: 420 W).";
      await eventually("and it is said", () => told.includes(sentence));
      most = null;
      await eventually("a game has the card as it was", async () => await driver.limit() === 420);
      most = 60;
      await eventually("never below what the card takes", async () => await driver.limit() === 100);
      assert.match(told.join(), /takes 100 to 450 W: it is held to 100 W/);
    }
    assert.equal(await driver.limit(), 420);
    assert.equal(await Deno.stat(join(driver.folder, "power.json")).catch(() => null), null);
  },
);

Deno.test(
  "what a process that was killed had set is given back at the next start, unless somebody has set another since",
  UNIX,
  async () => {
    await using driver = await openDriver();
    const left = JSON.stringify([{ uuid: "GPU-1f2e", before: 420, set: 250 }]);
    await driver.set(250);
    await Deno.writeTextFile(join(driver.folder, "power.json"), left);
    const told: string[] = [];
    await (await open(driver, () => null, told))[Symbol.asyncDispose]();
    assert.equal(await driver.limit(), 420);
    assert.match(told.join(), /an earlier run had set was given back/);
    await driver.set(300);
    await Deno.writeTextFile(join(driver.folder, "power.json"), left);
    await (await open(driver, () => null))[Symbol.asyncDispose]();
    assert.equal(await driver.limit(), 300, "300 W are somebody's own wish");
  },
);

Deno.test(
  "where only the administrator may set it, the command is told, and once they have typed it nothing stands any more",
  UNIX,
  async () => {
    await using driver = await openDriver();
    await driver.permits(false);
    const told: string[] = [];
    const faults: string[] = [];
    let most: number | null = 250;
    await using _power = await open(driver, () => most, told, faults);
    await eventually("it is told", () => faults.length > 0);
    assert.match(
      faults[0]!,
      /needs the system's administrator\. Say it there once: sudo nvidia-smi -i 0 -pl 250/,
    );
    assert.equal(await driver.limit(), 420);
    await driver.set(250);
    await eventually("what they typed is seen", () => faults.length === 0);
    assert.equal(told.length, 1, told.join());
    await driver.permits(true);
    most = 240;
    await eventually("another wish is tried anew", async () => await driver.limit() === 240);
    assert.deepEqual(faults, []);
  },
);

Deno.test(
  "a limit that cannot be given back is said until it is, and what stood there first is not forgotten",
  UNIX,
  async () => {
    await using driver = await openDriver();
    let most: number | null = 250;
    const faults: string[] = [];
    await using _power = await open(driver, () => most, [], faults);
    await eventually("the limit is held", async () => await driver.limit() === 250);
    await driver.permits(false);
    most = 200;
    await eventually("the new wish is refused", () => /Say it there once/.test(faults[0] ?? ""));
    most = null;
    await eventually(
      "and so is the old limit",
      () => faults[0]?.startsWith("Card 0 stays at 250 W") ?? false,
    );
    assert.match(faults[0]!, /Do it with: sudo nvidia-smi -i 0 -pl 420$/);
    await driver.permits(true);
    await eventually("it is tried again", async () => await driver.limit() === 420);
    await eventually("and nothing stands any more", () => faults.length === 0);
  },
);

Deno.test("a limit is never raised, and boards without one are said to have none", () => {
  const [card, board] = parsePower(
    "GPU-a, 0, 200.00, 100.00, 450.00\nGPU-b, 1, [N/A], [N/A], [N/A]\nnonsense\n",
  );
  assert.equal(targetOf(card!, 300), 200);
  assert.equal(targetOf(card!, 150), 150);
  assert.equal(targetOf(board!, 150), "card 1 has no power limit that could be set");
});
