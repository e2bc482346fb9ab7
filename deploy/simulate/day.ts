import { Agenda } from "./heap.ts";
import type { Card, Load } from "./load.ts";
import { type Measured, observe } from "./measure.ts";
import type { Policy, Work } from "./policy.ts";

/** Seconds between two polls of an idle card that nobody wakes (poll_s). */
const POLL_S = 25;
/** Seconds that fetching inputs and bringing the take away cost a card. */
const AROUND_S = 4;
/** Seconds between the end of a job and the next poll. */
const TURN_S = 1;
/** Seconds to load another model than the one in memory. */
const LOAD_S = 20;

type Happening =
  | { what: "ask"; works: Work[] }
  | { what: "end"; card: Card; work: Work; stay: number }
  | { what: "poll"; card: Card; idle: number }
  | { what: "turn"; card: Card; stay: number }
  | { what: "rested"; work: Work }
  | { what: "away"; card: Card; sudden: boolean }
  | { what: "back"; card: Card };

/** What a card is at. `stay` counts its comings and goings and jobs: what was foreseen before one of them no longer happens. */
interface State {
  present: boolean;
  leaving: boolean;
  work: Work | null;
  stay: number;
  /** Second since which it waits; -1 while it does not. */
  idle: number;
  /** Its polls find nothing, so they are left out until something that fits is queued. */
  asleep: boolean;
  loaded: string | null;
}

/** One day of a fleet under a policy, event by event: a day takes as long as its decisions do. */
export async function runDay(
  load: Load,
  policy: Policy,
  progress: (second: number, done: number) => void = () => {},
): Promise<Measured> {
  const agenda = new Agenda<Happening>();
  const watch = observe(load);
  const states = new Map<Card, State>(load.cards.map((card) => [card, {
    ...{ present: true, leaving: false, work: null, stay: 0, idle: 0, asleep: false, loaded: null },
  }]));
  const idle = new Set<Card>();
  const works = load.wishes.map((wish, nth): Work => ({
    ...{ ...wish, nth, capability: `${wish.runner}@${wish.tier}`, tried: false },
  }));
  for (let index = 0; index < works.length;) {
    const at = works[index]!.at;
    const together = works.slice(index).filter((work) => work.at === at);
    agenda.add(at, { what: "ask", works: together });
    index += together.length;
  }
  for (const card of load.cards) {
    for (const { from, to, sudden } of card.away) {
      agenda.add(from, { what: "away", card, sudden });
      agenda.add(to, { what: "back", card });
    }
    watch.come(card);
    waits(card, 0);
  }
  let done = 0;
  let busy = 0;

  function waits(card: Card, at: number): void {
    const state = states.get(card)!;
    state.idle = at;
    state.asleep = false;
    state.stay++;
    idle.add(card);
    if (watch.anyFor(card)) agenda.add(at + POLL_S, { what: "poll", card, idle: state.stay });
    else state.asleep = true;
  }

  /** Queued anew: whoever sleeps polls for it when their next poll would have been. */
  function queue(work: Work, at: number): void {
    watch.queue(work);
    for (const card of idle) {
      const state = states.get(card)!;
      if (!state.asleep || !watch.fit(card, work)) continue;
      state.asleep = false;
      const since = at - state.idle;
      agenda.add(state.idle + (Math.floor(since / POLL_S) + 1) * POLL_S, {
        what: "poll",
        card,
        idle: state.stay,
      });
    }
  }

  async function ask(card: Card, at: number): Promise<void> {
    const state = states.get(card)!;
    const work = await policy.take(card);
    if (!work) return waits(card, at);
    watch.granted(card, work, at);
    const fresh = state.loaded !== work.capability;
    state.work = work;
    busy++;
    state.idle = -1;
    idle.delete(card);
    state.loaded = work.capability;
    const seconds = AROUND_S + (fresh ? LOAD_S : 0) + work.work_s / card.speed;
    // What runs out of memory does so early.
    const until = !work.tried && work.trouble !== "none" ? seconds * 0.3 : seconds;
    agenda.add(at + until, { what: "end", card, work, stay: ++state.stay });
  }

  async function offer(work: Work, at: number): Promise<void> {
    // In the order in which they began to wait.
    const waiting = [...idle].filter((card) => states.get(card)!.idle >= 0);
    const woken = waiting.length ? policy.wake(work, waiting) : null;
    if (woken) await ask(woken, at);
  }

  async function gone(card: Card): Promise<void> {
    const state = states.get(card)!;
    Object.assign(state, { present: false, leaving: false, idle: -1, work: null, loaded: null });
    state.stay++;
    idle.delete(card);
    watch.leave(card);
    await policy.leave(card);
  }

  for (let next = agenda.next(); next && done < works.length; next = agenda.next()) {
    const { at, what: now } = next;
    watch.pass(at, idle, busy);
    policy.at(at);
    switch (now.what) {
      case "ask":
        for (const work of now.works) {
          watch.ask(work, at);
          queue(work, at);
        }
        await policy.ask(now.works);
        for (const work of now.works) await offer(work, at);
        break;
      case "end": {
        const { card, work } = now;
        const state = states.get(card)!;
        if (state.stay !== now.stay) break;
        state.work = null;
        busy--;
        const trouble = work.tried ? "none" : work.trouble;
        if (trouble === "none") {
          await policy.succeed(card, work, work.work_s / card.speed);
          watch.finished(work);
          progress(at, ++done);
        } else {
          work.tried = true;
          const { restS } = await policy.fail(card, work, trouble);
          if (restS > 0) agenda.add(at + restS, { what: "rested", work });
          else {
            queue(work, at);
            await offer(work, at);
          }
        }
        if (state.leaving) await gone(card);
        else if (!state.work) {
          idle.add(card);
          agenda.add(at + TURN_S, { what: "turn", card, stay: ++state.stay });
        }
        break;
      }
      case "turn":
        if (states.get(now.card)!.stay === now.stay) await ask(now.card, at);
        break;
      case "poll": {
        const state = states.get(now.card)!;
        if (state.stay !== now.idle || state.idle < 0) break;
        // A poll that finds nothing costs a real database and tells nothing: the mirror knows.
        if (watch.anyFor(now.card)) await ask(now.card, at);
        else state.asleep = true;
        break;
      }
      case "rested":
        await policy.rested();
        queue(now.work, at);
        await offer(now.work, at);
        break;
      case "away": {
        const state = states.get(now.card)!;
        if (state.work && !now.sudden) {
          state.leaving = true;
          break;
        }
        const { work } = state;
        if (work) {
          busy--;
          await policy.handBack(now.card, work);
        }
        await gone(now.card);
        if (work) {
          work.tried = true;
          queue(work, at);
          await offer(work, at);
        }
        break;
      }
      case "back": {
        const state = states.get(now.card)!;
        if (state.present) {
          state.leaving = false;
          break;
        }
        state.present = true;
        watch.come(now.card);
        await policy.come(now.card);
        await ask(now.card, at);
      }
    }
  }
  return watch.measured(policy.name);
}
