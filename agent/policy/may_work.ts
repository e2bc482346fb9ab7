import { hoursText, withinHours } from "./hours.ts";
import type { Policy } from "./policy.ts";

/** What the rules are held against. `null`: this machine does not tell. */
export interface Readings {
  /** `agent pause`: at once, or once what runs is done. */
  wish: "work" | "pause" | "pause_after_job";
  /** MiB of graphics memory, and percent of the busiest card, that programs of others use now. */
  othersVramMb: number | null;
  othersGpuPercent: number | null;
  /** Seconds since others last used the card more than `only_when_idle` allows. */
  quietS: number;
  /** Seconds since a game was last seen (`yield_to_games`); Infinity: never. */
  sinceGameS: number;
  /** Bytes up and down in this calendar month. */
  monthBytes: number;
  /** Bytes that the agent's folder takes. */
  folderBytes: number;
}

/** `take`: may begin a job. `keep`: may go on with those it has. `sentence`: why not, for the owner and the studio. */
export interface Verdict {
  take: boolean;
  keep: boolean;
  sentence: string;
}

const GO: Verdict = { take: true, keep: true, sentence: "" };

/** The one place that decides whether this machine works now. A rule that ends running work comes before one that does not. */
export function mayWork(policy: Policy, now: Date, readings: Readings): Verdict {
  const { wish, sinceGameS, quietS, monthBytes, folderBytes } = readings;
  if (wish === "pause") return { take: false, keep: false, sentence: "Paused on the machine itself." };
  const games = policy.yield_to_games;
  if (games && isGame(policy, readings)) {
    return { take: false, keep: !games.immediately, sentence: `Makes way: ${whatCounts(games)}.` };
  }
  if (wish === "pause_after_job") {
    return rest("Paused on the machine itself; work that has begun is finished first.");
  }
  if (!withinHours(policy.hours, now, policy.time_zone)) {
    return rest(`Outside its hours (${hoursText(policy.hours)}).`);
  }
  if (games && sinceGameS < games.back_after_minutes * 60) {
    return rest(`Made way for a game; back ${inMinutes(games.back_after_minutes * 60 - sinceGameS)}.`);
  }
  const idle = policy.only_when_idle;
  if (idle && readings.othersGpuPercent === null) {
    return rest("Works only when its card is idle, and nvidia-smi does not say whether it is.");
  }
  if (idle && quietS < idle.for_minutes * 60) {
    return rest(`Works only when its card has been idle for ${idle.for_minutes} min.`);
  }
  if (policy.monthly_gb !== null && monthBytes >= policy.monthly_gb * 1e9) {
    return rest(`This month's ${policy.monthly_gb} GB are used up; goes on next month.`);
  }
  if (policy.disk_budget_gb !== null && folderBytes > policy.disk_budget_gb * 1e9) {
    return rest(`Its folder takes ${gigabytes(folderBytes)} of the ${policy.disk_budget_gb} GB it may.`);
  }
  return GO;
}

/** Others use more of the card than the owner shares it with. */
export function isGame(
  policy: Policy,
  readings: Pick<Readings, "othersVramMb" | "othersGpuPercent">,
): boolean {
  const games = policy.yield_to_games;
  return games !== null && (
    (readings.othersVramMb ?? 0) > games.vram_above_mb ||
    (readings.othersGpuPercent ?? 0) > games.gpu_above_percent
  );
}

/** Others use so much of the card that it does not count as idle. */
export function isBusy(policy: Policy, readings: Pick<Readings, "othersGpuPercent">): boolean {
  return policy.only_when_idle !== null &&
    (readings.othersGpuPercent ?? 0) >= Math.max(policy.only_when_idle.gpu_below_percent, 1);
}

function rest(sentence: string): Verdict {
  return { take: false, keep: true, sentence };
}

/** The limits and not the figures: a sentence that changed with every look would be news every two seconds. */
function whatCounts(games: NonNullable<Policy["yield_to_games"]>): string {
  return `other programs use more than ${
    (games.vram_above_mb / 1024).toFixed(1)
  } GiB or ${games.gpu_above_percent} % of its card`;
}

/** Whole minutes, so that the sentence does not change with every look. */
function inMinutes(seconds: number): string {
  const whole = Math.ceil(seconds / 60);
  return whole <= 1 ? "within a minute" : `in ${whole} min`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1);
}
