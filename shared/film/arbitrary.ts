import fc from "fast-check";
import {
  type AudioTrack,
  type FileRef,
  NODE_SCHEMAS,
  type NodeOf,
  type Transition,
} from "../canvas/graph.ts";
import { baseName, soundReel, stemOf, type Timeline } from "../edl/mod.ts";
import type { Media } from "../otio/mod.ts";
import { type Rate, RATES } from "../time/rate.ts";
import { canDrop } from "../time/timecode.ts";
import { type FilmTake, layFilm } from "./mod.ts";

/** Takes that generated films are cut from; the last is a still. */
export const LAID_TAKES: readonly FilmTake[] = Array.from({ length: 9 }, (_, i) => ({
  ...{ name: `SHOT-0${i + 1}0_v01_take0${i + 1}`, reel: `T00000${i}A`, oid: String(i + 1).repeat(64) },
  kind: i === 8 ? "image" : "video",
  timecode_start: 108_000 + i * 4000,
  frames: i === 8 ? 1 : 240,
}));
export const LAID_SOUNDS: readonly FileRef[] = ["Theme", "Sea & wind", "Ada says no"].map((name, i) => ({
  path: `01_Assets/Audio/${name}.wav`,
  oid: "abc"[i]!.repeat(64),
  size: 4000,
}));

export interface LaidFilm {
  timeline: Timeline;
  shots: NodeOf<"shot">[];
}

const mix: fc.Arbitrary<Transition> = fc.oneof(
  fc.integer({ min: 1, max: 25 }).map((frames) => ({ kind: "dissolve", frames }) as const),
  fc.record({
    kind: fc.constant("wipe" as const),
    pattern: fc.constantFrom(1, 21, 119, 201),
    frames: fc.integer({ min: 1, max: 20 }),
  }),
);
const speed = fc.oneof(
  fc.constantFrom(50, 200, -100, 0, 33.3, 104.7),
  fc.integer({ min: 25, max: 400 }),
  fc.integer({ min: -300, max: -40 }),
);
const shot = fc.record({
  trim_in: fc.integer({ min: 40, max: 80 }),
  used: fc.integer({ min: 30, max: 90 }),
  more: fc.record({
    ...{ transition: mix, from_black: mix, speed },
    gap: fc.integer({ min: 25, max: 60 }),
    sound: fc.constantFrom({ level: -6.5 }, { muted: true }, { level: 3, muted: true }),
    note: fc.constantFrom(
      "Darker",
      "Wait for the lamp\nthen cut",
      '<b>&"quotes"</b>',
      "* NOTE: 001 X V C",
      "  ",
    ),
  }, { requiredKeys: [] }),
});
const clip = fc.record({
  file: fc.constantFrom(...LAID_SOUNDS),
  ...{ wait: fc.nat(50), from: fc.nat(400), frames: fc.integer({ min: 1, max: 300 }) },
  more: fc.record({
    level: fc.constantFrom(-12, 2.25),
    ...{ fade_in: fc.integer({ min: 1, max: 48 }), fade_out: fc.integer({ min: 1, max: 48 }) },
  }, { requiredKeys: [] }),
});
const track = fc.record({
  name: fc.constantFrom("Music", "Dialogue"),
  clips: fc.array(clip, { minLength: 1, maxLength: 4 }),
  level: fc.constantFrom(0, -3),
}).map(({ clips, ...rest }): AudioTrack => {
  let at = 0;
  return {
    ...rest,
    clips: clips.map(({ file, wait, from, frames, more }, i) => {
      at += wait + frames;
      return { id: `c${i}`, file, at: at - frames, from, frames, ...more };
    }),
  };
});
const film = fc.record({
  ...{ fade_in: fc.integer({ min: 1, max: 20 }), fade_out: fc.integer({ min: 1, max: 20 }) },
  ...{ lead: fc.integer({ min: 1, max: 40 }), sound: fc.constantFrom({ level: -2 }, { muted: true }) },
  tracks: fc.array(track, { minLength: 1, maxLength: 3 }),
}, { requiredKeys: [] });

/** Films that a canvas gives, with all that it can say, at one rate or any. */
export function laidFilms(
  rates: readonly { rate: Rate; drop: boolean }[] = everyCount(),
): fc.Arbitrary<LaidFilm> {
  return fc.tuple(
    fc.constantFrom(...rates),
    fc.shuffledSubarray([...LAID_TAKES.keys()], { minLength: 1 }),
    fc.array(shot, { minLength: LAID_TAKES.length, maxLength: LAID_TAKES.length }),
    film,
  ).map(([{ rate, drop }, order, given, film]) => {
    const shots = order.map((index): NodeOf<"shot"> => {
      const { trim_in, used, more } = given[index]!;
      const name = `SHOT-0${index + 1}0`;
      return NODE_SCHEMAS.shot.parse({
        ...{ id: `n${index}`, type: "shot", title: name, shot: name, position: { x: 0, y: 0 } },
        ...{ trim_in, trim_out: trim_in + used, ...more },
      });
    });
    const takes = new Map(order.map((index) => [`n${index}`, LAID_TAKES[index]!]));
    const { timeline, faults } = layFilm({ title: "The-Film_v001", rate, drop, shots, takes, film });
    return { timeline, shots, faults };
  }).filter(({ faults }) => faults.length === 0).map(({ timeline, shots }) => ({ timeline, shots }));
}

/** Every rate, and drop-frame where there is one. */
export function everyCount(): { rate: Rate; drop: boolean }[] {
  return Object.values(RATES).flatMap((rate) => [
    { rate, drop: false },
    ...(canDrop(rate) ? [{ rate, drop: true }] : []),
  ]);
}

/** The files behind the reels of those films. */
export function laidMedia(): Map<string, Media> {
  return new Map<string, Media>([
    ...LAID_TAKES.map((take) =>
      [take.reel, {
        ...{ name: take.name, path: `03_Renders/${take.name}.mp4`, take_id: take.reel, oid: take.oid },
        available: take.kind === "image"
          ? null
          : { in: take.timecode_start, out: take.timecode_start + take.frames },
      }] as const
    ),
    ...LAID_SOUNDS.map(({ path, oid }) =>
      [soundReel(oid), {
        ...{ name: stemOf(baseName(path)), path, oid, available: null, kind: "audio" as const },
      }] as const
    ),
  ]);
}
