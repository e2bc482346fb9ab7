import type { AgentConfig } from "../config.ts";
import { reasonOf } from "../lease/client.ts";
import { openJournal } from "../lease/journal.ts";
import { clock, printable } from "../terminal.ts";
import { readResting, readWish } from "../policy/pause.ts";
import { readPolicy } from "../policy/policy.ts";
import { isLocked } from "./lock.ts";

/** Exit code 1 when the gateway cannot be reached. */
export async function status(
  config: AgentConfig,
  dataDir: string,
  options: { print(text: string): void },
): Promise<number> {
  const print = (text: string) => options.print(text);
  const journal = openJournal(dataDir);
  const running = await isLocked(dataDir);
  const reach = await reachable(config.gateway);
  print(`"${config.name}", joined to ${config.gateway} on ${config.joined_at.slice(0, 10)}`);
  print(`Gateway: ${reach ?? "reachable"}`);
  const resting = running ? await readResting(dataDir) : null;
  const wish = await readWish(dataDir);
  print(`Agent: ${running ? "running" : "not running (start it with: agent run)"}`);

  if (resting) {
    const since = clock((Date.now() - Date.parse(resting.since)) / 1000);
    print(`Rests for ${since}: ${printable(resting.sentence)}`);
  } else if (wish !== "work") print("Paused on this machine: agent resume lets it take jobs again");
  const policy = await readPolicy(dataDir);
  if (typeof policy === "string") print(`Rules: ${printable(policy)}`);

  const entries = await journal.entries();
  print(entries.length > 0 ? "\nWork on disk" : "\nNo work on disk.");
  for (const { lease, progress, report, taken_at } of entries) {
    const since = clock((Date.now() - Date.parse(taken_at)) / 1000);
    const where = report
      ? "finished, on its way to the gateway"
      : running
      ? `${Math.floor((progress?.progress ?? 0) * 100)} %, ${progress?.stage ?? "starting"}`
      : "interrupted; goes back to the gateway at the next start";
    print(
      `  ${printable(lease.spec.title)} (${printable(lease.project.title)}): ${
        printable(where)
      }, taken ${since} ago`,
    );
  }
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const today = await journal.history(midnight);
  print(
    `\nToday: ${today.filter(({ outcome }) => outcome === "succeeded").length} done, ${today.length} ended`,
  );
  for (const done of today.slice(-20)) {
    print(
      `  ${new Date(done.at).toTimeString().slice(0, 5)}  ${done.outcome}  ${printable(done.title)}  ${
        clock(done.seconds)
      }`,
    );
  }
  return reach === null ? 0 : 1;
}

/** null when it answers. */
async function reachable(gateway: string): Promise<string | null> {
  try {
    const response = await fetch(`${gateway}/healthz`, { signal: AbortSignal.timeout(10_000) });
    await response.body?.cancel();
    return response.ok ? null : `answers ${response.status}`;
  } catch (error) {
    return `not reachable: ${reasonOf(error)}`;
  }
}
