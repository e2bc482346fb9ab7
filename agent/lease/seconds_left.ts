import type { Progress } from "../../shared/jobs/job.ts";

/** Progress says little before this much of it: loading a model counts as nothing done. */
const TELLING = 0.1;

/**
 * Seconds that work still takes, from what such work took before and from how this one goes: the first until a tenth is done, then
 * more and more the second. null while neither says anything.
 */
export function secondsLeft(
  expectedS: number | undefined,
  now: () => number = () => performance.now(),
): (progress: number) => number | null {
  const began = now();
  return (progress) => {
    const elapsed = (now() - began) / 1000;
    const byPace = progress > 0 ? elapsed * (1 - progress) / progress : null;
    const byPast = expectedS === undefined ? null : Math.max(0, expectedS - elapsed);
    if (byPast === null) return progress < TELLING ? null : round(byPace!);
    if (byPace === null || progress < TELLING) return round(byPast);
    const weight = Math.min(1, (progress - TELLING) / (1 - TELLING) * 2);
    return round(byPace * weight + byPast * (1 - weight));
  };
}

/**
 * What was said of work `ageMs` ago, as it stands now: a step that tells nothing while it lasts must not promise the same four seconds for
 * minutes. Once they are used up nothing is promised.
 */
export function aged({ seconds_left, ...progress }: Progress, ageMs: number): Progress {
  const left = seconds_left === undefined ? -1 : seconds_left - ageMs / 1000;
  return left < 0 ? progress : { ...progress, seconds_left: round(left) };
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
