import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeOf } from "../../shared/canvas/graph.ts";
import { compileCut, type CutTake, parseEdl, writeEdl } from "../../shared/edl/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { type RateName, RATES } from "../../shared/time/rate.ts";
import type { TakeRow } from "../takes/mod.ts";
import { compileFilm } from "./compile.ts";
import { filmName, versionName } from "./name.ts";

function shot(id: string, more: Partial<NodeOf<"shot">> = {}): NodeOf<"shot"> {
  return {
    ...{
      id,
      type: "shot",
      title: id,
      position: { x: 0, y: 0 },
      shot: `SHOT-${id}`,
      prompt: "",
      negative_prompt: "",
    },
    ...{ seed: 0, seed_locked: false, params: {}, duration: 48, trim_in: 0 },
    ...more,
  };
}

const of = (fps: RateName) => ({ fps, title: "Film", drop_frame: false });

function take(id: string, frames: number, start: number, kind: "video" | "image" = "video"): TakeRow {
  return {
    ...{ name: `SHOT-${id}_v01_take01`, reel: `R${id}`, oid: "0".repeat(64), kind, timecode_start: start },
    media: { frames },
  } as TakeRow;
}

Deno.test("takes lie one after another from 01:00:00:00, each by its own timecode and within its trim", () => {
  const film = compileFilm(
    [shot("1"), shot("2", { trim_in: 10, trim_out: 20 }), shot("3", { trim_in: 5 })],
    new Map([["1", take("1", 48, 86_400)], ["2", take("2", 30, 90_000)], ["3", take("3", 25, 95_000)]]),
    of("23.976"),
  );
  assert.equal(film.frames, 48 + 10 + 20);
  const text = writeEdl(film.timeline);
  assert.match(text, /^001 {2}R1 +V +C +01:00:00:00 01:00:02:00 01:00:00:00 01:00:02:00$/m);
  assert.match(text, /^002 {2}R2 +V +C +01:02:30:10 01:02:30:20 01:00:02:00 01:00:02:10$/m);
  assert.match(text, /^003 {2}R3 +V +C +01:05:58:13 01:05:59:09 01:00:02:10 01:00:03:06$/m);
  assert.deepEqual(parseEdl(text, RATES["23.976"]), film.timeline);
});

Deno.test("a still is held for the shot's duration, or for what its trim leaves", () => {
  const active = new Map([["1", take("1", 1, 86_400, "image")], ["2", take("2", 1, 90_000, "image")]]);
  const film = compileFilm([shot("1"), shot("2", { trim_in: 8, trim_out: 20 })], active, of("24"));
  assert.deepEqual(film.timeline.events.map(({ source }) => source), [
    { in: 86_400, out: 86_448 },
    { in: 90_000, out: 90_012 },
  ]);
});

Deno.test("a shot of which the trim leaves nothing is refused with the others", () => {
  const active = new Map([["1", take("1", 48, 0)]]);
  const shots = [shot("1", { trim_in: 20, trim_out: 20 }), shot("2"), shot("1", { trim_in: 60 })];
  assert.throws(() => compileFilm(shots, active, of("24")), (error) => {
    assert(error instanceof ProblemError);
    assert.equal(error.code, "unprocessable");
    assert.match(error.message, /^3 of 3 shots cannot be cut yet/);
    assert.deepEqual(error.errors!.map((each) => each.message.split(";")[0]), [
      "SHOT-1 is trimmed from frame 20 to 20: nothing of it is left.",
      "SHOT-2 has no take yet",
      "SHOT-1 is trimmed from frame 60 to 48: nothing of it is left.",
    ]);
    return true;
  });
});

interface Planned {
  frames: number;
  trim_in: number;
  used: number;
  mixed: number;
}

/** A film whose every dissolve has its frames. */
const planned = fc.array(
  fc.record({
    frames: fc.integer({ min: 60, max: 120 }),
    trim_in: fc.nat(20),
    used: fc.integer({ min: 20, max: 30 }),
    mixed: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 })),
  }),
  { minLength: 1, maxLength: 8 },
);
const fade = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });

function filmOf(
  plan: readonly Planned[],
  fades: { fade_in?: number | undefined; fade_out?: number | undefined },
) {
  const shots = plan.map(({ trim_in, used, mixed }, i) =>
    shot(String(i), {
      ...{ trim_in, trim_out: trim_in + used },
      ...(mixed ? { transition: { kind: "dissolve", frames: mixed } } : {}),
    })
  );
  const active = new Map(
    plan.map(({ frames }, i) => [String(i), { ...take(String(i), frames, 1000 * i), name: `take-${i}` }]),
  );
  return compileFilm(shots, active, of("24"), fades);
}

Deno.test("every frame of the film is what the canvas says: trims, dissolves, black at head and tail", () => {
  fc.assert(
    fc.property(planned, fade, fade, (plan, fade_in, fade_out) => {
      const film = filmOf(plan, { fade_in, fade_out });
      const takes = plan.map(({ frames }, i): CutTake => ({
        ...{ reel: `R${i}`, name: `take-${i}`, frames, still: false, timecodeStart: 1000 * i },
      }));
      const read = parseEdl(writeEdl(film.timeline), RATES["24"]);
      assert.deepEqual(read, film.timeline);
      const shown = compileCut(read, takes).pieces.flatMap((piece) =>
        Array.from({ length: piece.frames }, (_, frame) => {
          const at = (it: { take: CutTake | null; start: number }) =>
            it.take ? `${it.take.reel}:${it.start + frame}` : "black";
          return piece.kind === "run" ? at(piece.source) : `${at(piece.from)}>${at(piece.to)}`;
        })
      );
      const expected = plan.flatMap(({ trim_in, used }, i) =>
        Array.from({ length: used }, (_, frame) => {
          const own = `R${i}:${trim_in + frame}`;
          const before = plan[i - 1];
          if (before && frame < before.mixed) {
            return `R${i - 1}:${before.trim_in + before.used + frame}>${own}`;
          }
          if (i === 0 && frame < (fade_in ?? 0)) return `black>${own}`;
          if (i === plan.length - 1 && frame >= used - (fade_out ?? 0)) return `${own}>black`;
          return own;
        })
      );
      assert.deepEqual(shown, expected);
      assert.equal(film.frames, expected.length);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a dissolve that a take has no frames for names the shot, what is there and what to do", () => {
  assert.throws(() => filmOf([{ frames: 60, trim_in: 0, used: 55, mixed: 12 }, ...tail], {}), (error) => {
    assert(error instanceof ProblemError);
    assert.match(
      error.message,
      /SHOT-0 dissolves into SHOT-1 for 12 frames and take-0 has 5 after its trim; set its out to 48 or shorten/,
    );
    return true;
  });
  assert.throws(
    () => filmOf([{ frames: 90, trim_in: 0, used: 5, mixed: 0 }], { fade_in: 3, fade_out: 4 }),
    /SHOT-0 lasts 5 frames, too few for 3 mixed in and 4 faded out/,
  );
  assert.throws(() => filmOf([{ frames: 90, trim_in: 0, used: 4, mixed: 0 }], { fade_out: 4 }), /too few/);
});
const tail: Planned[] = [{ frames: 60, trim_in: 0, used: 30, mixed: 0 }];

Deno.test("a film's file name is the title in letters that every system takes", () => {
  assert.equal(versionName(filmName("The Lighthouse Keeper"), 3), "The-Lighthouse-Keeper_v003");
  assert.equal(filmName("../../etc/passwd"), "etc-passwd");
  assert.equal(filmName("Grüße, Müller's Film"), "Grusse-Mullers-Film");
  assert.equal(filmName("映画"), "Film");
  assert.equal(filmName("x".repeat(200)).length, 60);
});
