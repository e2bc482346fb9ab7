import type { Trust } from "../../shared/jobs/trust.ts";
import type { Tier } from "../../shared/tiers.ts";
import { type Random, randomOf } from "./random.ts";

/** One card of the fleet, as an agent of its own. */
export interface Card {
  name: string;
  /** As it is sold, GB. */
  gb: number;
  /** MiB as its driver reports it. */
  vram_mb: number;
  /** Work per second; a 24 GB card does 1. */
  speed: number;
  trust: Trust;
  pools: string[];
  capabilities: string[];
  /** Seconds of the day when it is not there: by its owner's hours, or reclaimed (`sudden`: in the middle of work). */
  away: { from: number; to: number; sudden: boolean }[];
}

export interface Film {
  title: string;
  trust: Trust;
  pools: string[];
}

/** Work that is asked for. */
export interface Wish {
  film: number;
  /** Second of the day. */
  at: number;
  runner: string;
  tier: Tier;
  priority: number;
  /** Seconds on a card that does 1, and what the studio expects of it. */
  work_s: number;
  expected_s: number;
  /** Indices of cards that alone may have it. */
  only: number[];
  /** What goes wrong at the first attempt. */
  trouble: "none" | "transient" | "oom";
}

export interface Load {
  hours: number;
  cards: Card[];
  films: Film[];
  wishes: Wish[];
}

/** VRAM that the studio's runners ask for at each tier, MiB: the thresholds of the tiers. */
export const NEEDS: Record<Tier, number> = { low: 10_240, standard: 15_360, high: 22_528 };
const TIERS_OF = Object.entries(NEEDS) as [Tier, number][];
const RUNNERS = ["flux-image", "ltx-video", "wan-video"];
/** Needs no card: what an 8 GB machine can hold. */
export const CPU_RUNNER = "animatic";

const SORTS: { gb: number; reported: number; speed: number; count: number; trusts: Trust[] }[] = [
  { gb: 8, reported: 7_780, speed: 0.4, count: 24, trusts: ["anyone", "trusted", "anyone"] },
  { gb: 12, reported: 11_900, speed: 0.6, count: 46, trusts: ["anyone", "trusted", "own"] },
  { gb: 16, reported: 16_000, speed: 0.8, count: 50, trusts: ["anyone", "trusted", "own", "own"] },
  { gb: 24, reported: 24_200, speed: 1, count: 50, trusts: ["own", "trusted", "own", "anyone"] },
  { gb: 48, reported: 48_600, speed: 1.2, count: 20, trusts: ["own"] },
  { gb: 80, reported: 81_100, speed: 2.2, count: 10, trusts: ["own"] },
];

const FILMS: Film[] = [
  { title: "Feature", trust: "own", pools: ["default", "cloud"] },
  { title: "Series", trust: "trusted", pools: ["default"] },
  { title: "Short", trust: "anyone", pools: ["default"] },
  { title: "Advert", trust: "trusted", pools: ["default"] },
  { title: "Student", trust: "anyone", pools: ["default"] },
  { title: "Archive", trust: "trusted", pools: ["default"] },
  { title: "Abroad", trust: "trusted", pools: ["cloud"] },
  { title: "Documentary", trust: "own", pools: ["default"] },
];

/** How a film asks: in bursts at hours of the day, and the rest all day long. */
interface Habit {
  film: number;
  /** Of all jobs. */
  share: number;
  bursts: number[];
  /** Of its jobs that come in bursts. */
  inBursts: number;
  tiers: Tier[];
  priority: number;
  runners?: string[];
}
const HABITS: Habit[] = [
  { film: 0, share: 0.25, bursts: [0.03, 0.35, 0.7], inBursts: 0.95, tiers: ["high"], priority: 4 },
  { film: 1, share: 0.2, bursts: [0.3], inBursts: 0.4, tiers: ["standard", "standard", "high"], priority: 4 },
  { film: 2, share: 0.16, bursts: [0.5], inBursts: 0.3, tiers: ["low"], priority: 4 },
  { film: 3, share: 0.03, bursts: [], inBursts: 0, tiers: ["high"], priority: 7 },
  { film: 4, share: 0.03, bursts: [], inBursts: 0, tiers: ["low", "standard"], priority: 4 },
  { film: 5, share: 0.2, bursts: [0.01], inBursts: 1, tiers: ["standard"], priority: 4 },
  { film: 6, share: 0.04, bursts: [], inBursts: 0, tiers: ["standard", "low"], priority: 4 },
  { film: 7, share: 0.06, bursts: [], inBursts: 0, tiers: ["standard"], priority: 4 },
  {
    ...{ film: 4, share: 0.03, bursts: [], inBursts: 0, tiers: ["low"], priority: 4 },
    runners: [CPU_RUNNER],
  },
];
/** Seconds of work of a tier beside another's. */
const WEIGHT: Record<Tier, number> = { low: 0.7, standard: 1, high: 1.6 };

/** A fleet and its day. `busy`: what of the cards' time the work would fill if every card could do everything. */
export function makeLoad(
  { seed, jobs, hours = 24, busy = 0.5 }: { seed: number; jobs: number; hours?: number; busy?: number },
): Load {
  const random = randomOf(seed);
  const day = hours * 3600;
  const cards = SORTS.flatMap((sort) =>
    Array.from({ length: sort.count }, (_, index) => makeCard(random, sort, index, day))
  );
  const wishes = HABITS.flatMap((habit) => makeWishes(random, habit, Math.round(habit.share * jobs), day));
  const capacity = cards.reduce((sum, card) => sum + (card.gb > 8 ? card.speed : 0), 0) * day;
  const asked = wishes.reduce((sum, wish) => sum + (wish.runner === CPU_RUNNER ? 0 : wish.work_s), 0);
  const scale = busy * capacity / asked;
  for (const wish of wishes) {
    wish.work_s = Math.max(5, wish.work_s * scale);
    wish.expected_s = Math.max(5, wish.expected_s * scale);
  }
  const own = cards.flatMap((card, index) => card.trust === "own" && card.gb === 16 ? [index] : []);
  for (const wish of wishes) {
    if (FILMS[wish.film]!.title === "Documentary" && random.next() < 0.2) wish.only = own.slice(0, 2);
  }
  return { hours, cards, films: FILMS, wishes: wishes.toSorted((a, b) => a.at - b.at) };
}

function makeCard(random: Random, sort: (typeof SORTS)[number], index: number, day: number): Card {
  const trust = sort.trusts[index % sort.trusts.length]!;
  const cloud = sort.gb >= 48 && index % 2 === 0;
  const capabilities = sort.gb === 8
    ? [`${CPU_RUNNER}@low`]
    : RUNNERS.flatMap((runner) =>
      TIERS_OF.filter(([, need]) => need <= sort.reported).map(([tier]) => `${runner}@${tier}`)
    );
  return {
    name: `${sort.gb} GB ${index + 1}`,
    gb: sort.gb,
    vram_mb: sort.reported,
    speed: sort.speed * random.between(0.9, 1.1),
    trust,
    pools: cloud ? ["cloud"] : ["default"],
    capabilities,
    away: awayOf(random, { trust, cloud }, day),
  };
}

function awayOf(
  random: Random,
  { trust, cloud }: { trust: Trust; cloud: boolean },
  day: number,
): Card["away"] {
  // Reclaimed by the cloud, and another rented soon after.
  if (cloud && random.next() < 0.6) {
    const from = random.between(0.1, 0.8) * day;
    return [{ from, to: from + 900, sudden: true }];
  }
  // At home people use their card themselves for a part of the day.
  if (trust !== "own") {
    const from = random.between(0.2, 0.6) * day;
    return [{ from, to: from + random.between(0.1, 0.3) * day, sudden: false }];
  }
  return [];
}

function makeWishes(random: Random, habit: Habit, count: number, day: number): Wish[] {
  return Array.from({ length: count }, (): Wish => {
    const tier = random.pick(habit.tiers);
    const runner = random.pick(habit.runners ?? RUNNERS);
    const burst = habit.bursts.length && random.next() < habit.inBursts;
    const expected = WEIGHT[tier] *
      (runner === "flux-image" ? 0.3 : runner === "wan-video" ? 1.6 : runner === CPU_RUNNER ? 0.05 : 0.8);
    const luck = random.next();
    return {
      film: habit.film,
      at: Math.floor((burst ? random.pick(habit.bursts) : random.between(0, 0.85)) * day),
      runner,
      tier,
      priority: habit.priority,
      expected_s: expected,
      work_s: expected * random.spread(0.4),
      only: [],
      trouble: luck < 0.01 ? "transient" : luck < 0.015 && tier !== "low" ? "oom" : "none",
    };
  });
}
