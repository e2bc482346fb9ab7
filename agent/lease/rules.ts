import { type AgentOptions, type AgentState, announceChange } from "./state.ts";
import { handBack } from "./work.ts";

/** Why the owner's rules keep the machine from taking jobs now; null when they don't. */
export function restingOf({ rules }: Pick<AgentOptions, "rules">): string | null {
  const verdict = rules?.verdict();
  return !verdict || verdict.take ? null : verdict.sentence;
}

/** Follows the owner's rules from now on: rests and works again, hands back what may not go on, frees the card's memory. */
export function followRules(state: AgentState): Disposable {
  const { rules, reporter, freeMemory } = state.options;
  if (!rules) return { [Symbol.dispose]() {} };
  const follow = () => {
    const { keep, sentence } = rules.verdict();
    const resting = restingOf(state.options);
    if (!keep) {
      putBack(state, sentence);
      // ComfyUI keeps its models in graphics memory after a job; whoever needs the card needs that too.
      const stopped = Promise.allSettled(state.working);
      freeMemory?.().then(() => stopped).then(() => freeMemory()).catch(() => {});
    }
    if (resting === state.resting) return;
    state.resting = resting;
    reporter.say(resting === null ? "Takes jobs again." : resting);
    announceChange(state);
  };
  const lend = () => {
    reporter.say("Its owner's rules have changed: tells the studio what it is lent for now.");
    // What was refused under the old ones may be welcome.
    state.refused = [];
    // A poll that is asked with the old terms ends with the session.
    state.openSession().then(() => announceChange(state), () => {});
  };
  rules.changed.addEventListener("change", follow);
  rules.changed.addEventListener("lend", lend);
  if (state.resting !== null) reporter.say(state.resting);
  follow();
  return {
    [Symbol.dispose]() {
      rules.changed.removeEventListener("change", follow);
      rules.changed.removeEventListener("lend", lend);
    },
  };
}

/** What is finished is only on its way to the studio and goes on; only unfinished work is handed back. */
function putBack(state: AgentState, sentence: string): void {
  for (const running of state.running.values()) {
    if (!running.reported) handBack(running, plain(sentence));
  }
}

/** The gateway puts it into a sentence of its own: "… handed it back: outside its hours." */
function plain(sentence: string): string {
  const text = sentence.replace(/\.$/, "");
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
