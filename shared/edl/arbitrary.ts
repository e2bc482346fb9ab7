import fc from "fast-check";
import { type Rate, RATES } from "../time/rate.ts";
import { canDrop, framesPerDay } from "../time/timecode.ts";
import type { EdlEvent, Timeline } from "./model.ts";
import { transitionLines } from "./transition.ts";

/** A take that generated films are cut from. */
export interface FilmTake {
  reel: string;
  name: string;
  frames: number;
  start: number;
}

export const FILM_TAKES: readonly FilmTake[] = Array.from({ length: 6 }, (_, i) => ({
  reel: `S0${i + 1}0T0${i + 1}`,
  name: `SHOT-0${i + 1}0_v01_take0${i + 1}`,
  frames: 200,
  start: 90_000 + i * 1000,
}));

const step = fc.record({
  take: fc.constantFrom(...FILM_TAKES),
  from: fc.nat(80),
  frames: fc.integer({ min: 1, max: 90 }),
  gap: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 30 })),
  dissolve: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 25 })),
  notes: fc.array(fc.stringMatching(/^[a-z][a-z .]{0,15}[a-z]$/), { maxLength: 2 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function layFilm(steps: readonly Step[], rate: Rate, drop: boolean): Timeline {
  const events: EdlEvent[] = [];
  let at = framesPerDay(rate, { drop }) / 24;
  for (const [index, { take, from, frames, gap, dissolve, notes }] of steps.entries()) {
    at += gap;
    const event: EdlEvent = {
      ...{ number: index + 1, reel: take.reel, channels: "V", transition: { kind: "cut" }, clip: take.name },
      source: { in: take.start + from, out: take.start + from + frames },
      record: { in: at, out: at + frames },
      comments: [`SHOT: ${take.name.slice(0, 8)}`, ...notes],
    };
    const mixed = Math.min(dissolve, frames);
    const before = gap === 0 ? events.at(-1) ?? null : null;
    if (mixed === 0) events.push(event);
    else {events.push(
        ...transitionLines({ ...event, transition: { kind: "dissolve", frames: mixed } }, before),
      );}
    at += frames;
  }
  return { title: "The-Film_v001", rate, drop, comments: [], events };
}

/** Films as the studio writes them: takes in order, black between, dissolves; at every rate. */
export const anyFilm: fc.Arbitrary<Timeline> = fc.tuple(
  fc.constantFrom(...Object.values(RATES)),
  fc.boolean(),
  fc.array(step, { minLength: 1, maxLength: 12 }),
).map(([rate, dropping, steps]) => layFilm(steps, rate, dropping && canDrop(rate)));
