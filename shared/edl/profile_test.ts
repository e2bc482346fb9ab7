import assert from "node:assert/strict";
import fc from "fast-check";
import { anyFilm, FILM_TAKES } from "./arbitrary.ts";
import { compileCut, type CutTake, parseEdl, writeEdl } from "./mod.ts";

const fileOf = (clip: string) => `takes/${clip}.mp4`;
const takes: CutTake[] = FILM_TAKES.map(({ reel, name, frames, start }) => ({
  ...{ reel, name, frames, still: false, timecodeStart: start },
}));

Deno.test("every profile is cut to the same frames of the same takes", () => {
  fc.assert(
    fc.property(anyFilm, (film) => {
      const shown = (text: string) =>
        compileCut(parseEdl(text, film.rate), takes).pieces.map((piece) => {
          const at = (it: { take: CutTake | null; start: number }) => [it.take?.reel ?? null, it.start];
          return piece.kind === "run"
            ? [piece.frames, at(piece.source)]
            : [piece.frames, at(piece.from), at(piece.to)];
        });
      const ours = shown(writeEdl(film));
      assert.deepEqual(shown(writeEdl(film, { profile: "resolve", fileOf })), ours);
      assert.deepEqual(shown(writeEdl(film, { profile: "premiere", fileOf })), ours);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a profile changes names only: places and lengths stay", () => {
  fc.assert(
    fc.property(anyFilm, fc.constantFrom("resolve" as const, "premiere" as const), (film, profile) => {
      const read = parseEdl(writeEdl(film, { profile, fileOf }), film.rate);
      const bare = (it: typeof film) => it.events.map(({ reel: _, clip: __, to_clip: ___, ...rest }) => rest);
      assert.deepEqual(bare(read), bare(film));
      for (const [index, event] of read.events.entries()) {
        if (film.events[index]!.reel === "BL") assert.equal(event.reel, "BL");
        else if (profile === "premiere") assert.equal(event.reel, "AX");
        else {
          const take = FILM_TAKES.find((each) => each.reel === film.events[index]!.reel)!;
          assert.equal(event.reel, take.name, "Resolve's reel is the stem of the file");
        }
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("Resolve gets the stem and the file, Premiere AX and the file without its folders", () => {
  const [take] = FILM_TAKES;
  const film = {
    ...{ title: "T", rate: { num: 24, den: 1 }, drop: false, comments: [] },
    events: [{
      ...{ number: 1, reel: take!.reel, channels: "V", transition: { kind: "cut" as const }, comments: [] },
      ...{ source: { in: 0, out: 24 }, record: { in: 86_400, out: 86_424 }, clip: take!.name },
    }],
  };
  assert.match(
    writeEdl(film, { profile: "resolve", fileOf }),
    /^001 {2}SHOT-010_v01_take01 V .*\n\* FROM CLIP NAME: {2}SHOT-010_v01_take01\.mp4$/m,
  );
  assert.match(
    writeEdl(film, { profile: "premiere", fileOf }),
    /^001 {2}AX {7}V .*\n\* FROM CLIP NAME: {2}SHOT-010_v01_take01\.mp4$/m,
  );
});
