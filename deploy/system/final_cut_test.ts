import assert from "node:assert/strict";
import fc from "fast-check";
import { BLACK, hasPicture, hasSound, ownClip, type Timeline } from "../../shared/edl/mod.ts";
import { writeFcpxml } from "../../shared/fcpxml/mod.ts";
import { layItems } from "../../shared/fcpxml/spine.ts";
import { everyCount, laidFilms, laidMedia } from "../../shared/film/arbitrary.ts";
import { type FinalCutSequence, findFinalCutReader, readFinalCut } from "../testing/final_cut.ts";

/** Films of every rate and way of counting, with all that a canvas can say; always the same ones. */
const FILMS = everyCount().flatMap((count, i) =>
  fc.sample(laidFilms([count]), { numRuns: 12, seed: 600 + i }).map(({ timeline }) => timeline)
);

/** What the film is, in the order in which a spine has it: clips beside one another, sound on lanes below. */
function expected(film: Timeline): FinalCutSequence {
  const items = layItems(film);
  const start = items[0]!.in;
  const shown = items.filter(({ event, trailing }) => event && event.reel !== BLACK && !trailing);
  const sounds = film.events.filter((it) => hasSound(it) && !hasPicture(it) && it.record.out > it.record.in);
  return {
    rate: film.rate.num / film.rate.den,
    frames: items.at(-1)!.out - start,
    size: [1280, 720],
    clips: shown.map(({ event, in: at, out }) => ({
      ...{ name: ownClip(event!)!, at: at - start },
      ...{ start: event!.source.in + at - event!.record.in, frames: out - at },
    })),
    connected: sounds.map((event) => ({
      ...{ name: ownClip(event) ?? event.reel, at: event.record.in - start, start: event.source.in },
      ...{ frames: event.record.out - event.record.in },
      lane: -Number(/^A([2-9])$/.exec(event.channels)?.[1] ?? 1),
    })),
    transitions: items.flatMap(({ mix }) => mix ? [mix.out - mix.in] : []),
  };
}

const reader = await findFinalCutReader();
if ("missing" in reader) console.warn(`Skipped, our FCPXML in another's reader: ${reader.missing}.`);

Deno.test({
  name:
    "a Final Cut reader of others finds in our FCPXML every clip, sound and transition at its frame, at every rate",
  ignore: "missing" in reader,
  fn: async () => {
    assert("python" in reader);
    assert(FILMS.length >= 100);
    const shape = { width: 1280, height: 720, pixel_aspect: "1:1" };
    const texts = FILMS.map((film) => writeFcpxml(film, laidMedia(), shape));
    const read = await readFinalCut(reader.python, texts);
    const byPlace = (a: { at: number; lane: number }, b: { at: number; lane: number }) =>
      a.at - b.at || a.lane - b.lane;
    for (const [index, it] of read.entries()) {
      const due = expected(FILMS[index]!);
      assert.deepEqual(
        { ...it, connected: it.connected.toSorted(byPlace) },
        { ...due, connected: due.connected.toSorted(byPlace) },
        texts[index],
      );
    }
    for (const kind of ["clips", "connected", "transitions"] as const) {
      assert(read.some((it) => it[kind].length > 2), `some film has ${kind}`);
    }
  },
});
