import { trustAllows } from "../../shared/jobs/trust.ts";
import type { Tier } from "../../shared/tiers.ts";
import { type Card, CPU_RUNNER, type Film, type Load, NEEDS } from "./load.ts";
import type { Work } from "./policy.ts";

/** What a card may have by what it is and what was asked: said here once more, apart from the gateway, which is measured by it. */
export function mayHave(card: Card, work: Work, films: Film[]): boolean {
  const film = films[work.film]!;
  return card.capabilities.includes(work.capability) && needOf(work) <= card.vram_mb &&
    trustAllows(card.trust, film.trust) && film.pools.some((pool) => card.pools.includes(pool)) &&
    (!work.only.length || work.only.some((index) => work.only.length && cardIndex(card) === index));
}

export function needOf({ runner, tier }: { runner: string; tier: Tier }): number {
  return runner === CPU_RUNNER ? 0 : NEEDS[tier];
}

const indices = new WeakMap<Card, number>();
export function numberCards(cards: Card[]): void {
  for (const [index, card] of cards.entries()) indices.set(card, index);
}
function cardIndex(card: Card): number {
  return indices.get(card)!;
}

/** Waits of some jobs, seconds. */
export interface Waits {
  jobs: number;
  mean: number;
  p95: number;
  max: number;
}

export interface Measured {
  policy: string;
  done: number;
  /** Grants of what the card cannot hold or may not have. */
  wrong: string[];
  /** Grants of work that smaller cards there could do as well, while larger work waited that had none. */
  behind: string[];
  /** Card seconds idle while work that fits waited, of all card seconds there. */
  idle: number;
  /** Card seconds at work, of all there. */
  busy: number;
  /** Of each film: the longest wait beside what its fair share would have made it. */
  starved: { film: string; ratio: number }[];
  waits: Map<string, Waits>;
  /** Second at which the last was done. */
  end: number;
}

export function waitsOf(seconds: number[]): Waits {
  const sorted = seconds.toSorted((a, b) => a - b);
  const sum = sorted.reduce((all, each) => all + each, 0);
  return {
    jobs: sorted.length,
    mean: sorted.length ? sum / sorted.length : 0,
    p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    max: sorted.at(-1) ?? 0,
  };
}

/** Looks at everything that happens, whoever decides it. */
export function observe(load: Load) {
  numberCards(load.cards);
  const { films } = load;
  const lanes = new Map<string, { like: Work; count: number }>();
  const fits = new Map<string, boolean>();
  const laneOf = (work: Work) => `${work.film} ${work.capability} ${work.only.join()}`;
  const fit = (card: Card, work: Work, lane = laneOf(work)) => {
    const key = `${cardIndex(card)} ${lane}`;
    let known = fits.get(key);
    if (known === undefined) fits.set(key, known = mayHave(card, work, films));
    return known;
  };
  const present = new Set<Card>();
  const asked = new Map<number, { at: number; bound: number }>();
  const unfinished = films.map(() => 0);
  const waits: { work: Work; seconds: number; bound: number }[] = [];
  const wrong: string[] = [];
  const behind: string[] = [];
  let queued = 0;
  let idleS = 0;
  let busyS = 0;
  let thereS = 0;
  let last = 0;
  let done = 0;
  /** Seconds after which some card that is at work is free. */
  const longest = waitsOf(load.wishes.map((wish) => wish.work_s)).p95;

  /** The smallest card there that could have it: small work must not take what large work needs. */
  const smallest = (work: Work) =>
    Math.min(Infinity, ...[...present].filter((card) => fit(card, work)).map((card) => card.gb));

  return {
    fit,
    /** Time passes; `idle` waited all through it, `busy` worked. */
    pass(at: number, idle: Set<Card>, busy: number): void {
      const seconds = at - last;
      last = at;
      if (seconds <= 0) return;
      busyS += busy * seconds;
      thereS += present.size * seconds;
      if (!idle.size || !queued) return;
      const left = [...lanes].filter(([, lane]) => lane.count > 0).map(([name, { like, count }]) => ({
        name,
        like,
        count,
      }));
      for (const card of idle) {
        const lane = left.find((each) => each.count > 0 && fit(card, each.like, each.name));
        if (!lane) continue;
        lane.count--;
        idleS += seconds;
      }
    },
    come: (card: Card) => void present.add(card),
    leave: (card: Card) => void present.delete(card),
    anyFor(card: Card): boolean {
      for (const [name, lane] of lanes) if (lane.count > 0 && fit(card, lane.like, name)) return true;
      return false;
    },
    ask(work: Work, at: number): void {
      unfinished[work.film]! += work.expected_s;
      const able = [...present].filter((card) => fit(card, work)).reduce((sum, card) => sum + card.speed, 0);
      const active = unfinished.filter((seconds) => seconds > 0).length;
      // With its share of the cards that can do it, a film comes to this job after its own work before it, once a card is free.
      asked.set(work.nth, { at, bound: unfinished[work.film]! / Math.max(0.5, able / active) + longest });
    },
    queue(work: Work): void {
      queued++;
      const name = laneOf(work);
      const lane = lanes.get(name);
      if (lane) lane.count++;
      else lanes.set(name, { like: work, count: 1 });
    },
    granted(card: Card, work: Work, at: number): void {
      const lane = lanes.get(laneOf(work))!;
      lane.count--;
      queued--;
      if (lane.count < 0) wrong.push(`job ${work.nth} was given twice`);
      if (!fit(card, work)) {
        wrong.push(`${card.name} was given ${work.capability} of ${films[work.film]!.title}`);
      }
      const need = needOf(work);
      for (const [name, other] of lanes) {
        if (other.count <= 0 || needOf(other.like) <= need || !fit(card, other.like, name)) continue;
        if (smallest(other.like) > smallest(work)) {
          behind.push(`${card.name} took ${work.capability} while ${other.like.capability} waited`);
          break;
        }
      }
      const { at: since, bound } = asked.get(work.nth)!;
      if (!work.tried) waits.push({ work, seconds: at - since, bound });
    },
    finished(work: Work): void {
      unfinished[work.film]! -= work.expected_s;
      done++;
    },
    measured(policy: string): Measured {
      const named = new Map<string, Waits>();
      const of = (keep: (work: Work) => boolean) =>
        waitsOf(waits.filter(({ work }) => keep(work)).map(({ seconds }) => seconds));
      named.set("all", of(() => true));
      for (const tier of ["low", "standard", "high"] as const) {
        named.set(tier, of((work) => work.tier === tier && work.runner !== CPU_RUNNER));
      }
      for (const [index, film] of films.entries()) named.set(film.title, of((work) => work.film === index));
      return {
        policy,
        done,
        wrong,
        behind,
        idle: idleS / thereS,
        busy: busyS / thereS,
        starved: films.map((film, index) => ({
          film: film.title,
          ratio: Math.max(
            0,
            ...waits.filter(({ work }) => work.film === index).map(({ seconds, bound }) => seconds / bound),
          ),
        })),
        waits: named,
        end: last,
      };
    },
  };
}
