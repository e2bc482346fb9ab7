import { mayHave } from "./measure.ts";
import type { Film } from "./load.ts";
import type { Policy, Work } from "./policy.ts";

/** Who asked first is served first by whichever card asks: what most queues do. */
export function firstCome(films: Film[]): Policy {
  let queue: Work[] = [];
  const resting: Work[] = [];
  const done = Promise.resolve();
  return {
    name: "first come, first served",
    at() {},
    ask(works) {
      queue.push(...works);
      return done;
    },
    wake: (work, waiting) => waiting.find((card) => mayHave(card, work, films)) ?? null,
    take(card) {
      const work = queue.find((each) => mayHave(card, each, films)) ?? null;
      if (work) queue = queue.filter((each) => each !== work);
      return Promise.resolve(work);
    },
    succeed: () => done,
    fail(_card, work, error) {
      // Out of memory is tried on the next card at once; nothing is learned from it.
      if (error === "oom") queue.unshift(work);
      else resting.push(work);
      return Promise.resolve({ restS: error === "oom" ? 0 : 60 });
    },
    handBack(_card, work) {
      queue.unshift(work);
      return done;
    },
    rested() {
      queue.unshift(...resting.splice(0));
      return done;
    },
    leave: () => done,
    come: () => done,
  };
}
