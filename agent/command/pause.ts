import { pause as sleep } from "../lease/backoff.ts";
import { readResting, writeWish } from "../policy/pause.ts";
import { printable } from "../terminal.ts";
import { isLocked } from "./lock.ts";
import type { CommandLine } from "./options.ts";

/** Milliseconds that the running agent is given to say that it has heard. */
const HEARD_MS = 8_000;

/** `agent pause` and `agent resume`: a file that the running agent looks at every second, and that outlives restarts. */
export async function pause(line: CommandLine, options: { print(text: string): void }): Promise<number> {
  const wish = line.command === "resume" ? "work" : line.afterJob ? "pause_after_job" : "pause";
  await writeWish(line.dataDir, wish);
  if (!await isLocked(line.dataDir)) {
    options.print(wish === "work" ? "Takes jobs when it is started." : "Stays paused when it is started.");
    return 0;
  }
  for (const until = Date.now() + HEARD_MS; Date.now() < until; await sleep(100)) {
    const resting = await readResting(line.dataDir);
    const paused = resting?.sentence.startsWith("Paused on the machine") ?? false;
    const heard = wish === "work"
      ? !paused
      : paused && resting!.sentence.includes("finished first") === line.afterJob;
    if (!heard) continue;
    if (resting) options.print(printable(resting.sentence));
    else options.print("It takes jobs again.");
    return 0;
  }
  options.print("The agent has not answered yet; it will when it looks at its folder next.");
  return 0;
}
