import assert from "node:assert/strict";
import type { NodeOf } from "../../shared/canvas/graph.ts";
import { parseEdl, writeEdl } from "../../shared/edl/mod.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { RATES } from "../../shared/time/rate.ts";
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
    "23.976",
    "Film",
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
  const film = compileFilm([shot("1"), shot("2", { trim_in: 8, trim_out: 20 })], active, "24", "Film");
  assert.deepEqual(film.timeline.events.map(({ source }) => source), [
    { in: 86_400, out: 86_448 },
    { in: 90_000, out: 90_012 },
  ]);
});

Deno.test("a shot of which the trim leaves nothing is refused with the others", () => {
  const active = new Map([["1", take("1", 48, 0)]]);
  const shots = [shot("1", { trim_in: 20, trim_out: 20 }), shot("2"), shot("1", { trim_in: 60 })];
  assert.throws(() => compileFilm(shots, active, "24", "Film"), (error) => {
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

Deno.test("a film's file name is the title in letters that every system takes", () => {
  assert.equal(versionName(filmName("The Lighthouse Keeper"), 3), "The-Lighthouse-Keeper_v003");
  assert.equal(filmName("../../etc/passwd"), "etc-passwd");
  assert.equal(filmName("Grüße, Müller's Film"), "Grusse-Mullers-Film");
  assert.equal(filmName("映画"), "Film");
  assert.equal(filmName("x".repeat(200)).length, 60);
});
