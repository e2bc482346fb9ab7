/** What the machine does now, in a line. `keep`: what runs may go on though it takes nothing new. */
export function statusWords({ wish, take, keep, sentence, jobs }) {
  if (take) {
    return jobs.length === 0
      ? "Waits for work."
      : `Works on ${jobs.length === 1 ? "a job" : `${jobs.length} jobs`}.`;
  }
  const after = wish === "pause_after_job";
  if (jobs.length === 0) return after ? "Paused." : sentence;
  if (!keep) return `Hands back what runs. ${sentence}`;
  return after ? "Finishes what runs, then pauses." : `Finishes what runs. ${sentence}`;
}

/** What one card does now. */
export function cardWords({ slot, can }, { jobs, waits, take }) {
  if (jobs.some((job) => job.slot === slot)) return "at work";
  if (can === 0) return "can make nothing yet: see Models below";
  if (!take) return "rests";
  const wait = waits.find((each) => each.slot === slot)?.sentence;
  return wait ? `waits: ${wait}` : "free";
}

const OUTCOMES = {
  succeeded: "done",
  released: "handed back",
  lost: "went to another machine",
  refused: "not taken in",
  interrupted: "broke off",
};

/** How a job ended, for who lent the card. */
export function outcomeWords(outcome) {
  return OUTCOMES[outcome] ?? outcome;
}
