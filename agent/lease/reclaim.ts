import type { Notice } from "../spot.ts";
import { type AgentState } from "./state.ts";
import { handBack, progressOf, PutDown, putDown, type Running } from "./work.ts";

/** Seconds before the machine is taken by which the last word must be said. */
const LAST_WORD_S = 8;
/** Seconds that checking and sending a result are reckoned to take. */
const DELIVERY_S = 15;

/**
 * The cloud takes the machine back: what cannot be done by then goes back to the queue at once, as somebody else may begin it now; what is
 * finished is delivered as long as there is time, and goes back only when there is none left, as nobody will start here again to bring it in.
 */
export function followReclaim(state: AgentState): Disposable {
  const { reclaimed, reporter } = state.options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reclaim = () => {
    const { sentence, secondsLeft } = reclaimed!.reason as Notice;
    reporter.say(`${sentence}: finishes what can be finished, hands back the rest.`);
    for (const running of state.running.values()) {
      if (!running.reported && !mayFinish(running, secondsLeft)) handBack(running, sentence);
    }
    timer = setTimeout(() => {
      for (const running of state.running.values()) putDown(running, new PutDown("gone", sentence));
    }, Math.max(0, secondsLeft - LAST_WORD_S) * 1000);
  };
  if (reclaimed?.aborted) reclaim();
  else reclaimed?.addEventListener("abort", reclaim, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      reclaimed?.removeEventListener("abort", reclaim);
    },
  };
}

/** By its own reckoning, with as much again for luck. */
function mayFinish(running: Running, secondsLeft: number): boolean {
  const progress = progressOf(running);
  return progress.seconds_left !== undefined &&
    progress.seconds_left * 2 + DELIVERY_S + LAST_WORD_S < secondsLeft;
}
