/** Milliseconds for which a driver still counts the work that has just ended: its figures are averages of the past second or so. */
const TAIL_MS = 5_000;

/** Jobs in hand, and whether the cards' load may be their doing. */
export function createAtWork(now: () => number = () => performance.now()) {
  const jobs = new Set<string>();
  let endedAt = -Infinity;
  return {
    begins: (job: string) => void jobs.add(job),
    ends(job: string) {
      if (jobs.delete(job)) endedAt = now();
    },
    any: () => jobs.size > 0,
    lately: () => jobs.size > 0 || now() - endedAt < TAIL_MS,
  };
}
