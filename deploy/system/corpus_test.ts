import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BLACK,
  compileCut,
  type CutTake,
  type EdlEvent,
  frameOf,
  hasPicture,
  ownClip,
  parseEdl,
  type Retime,
  type Timeline,
  writeEdl,
} from "../../shared/edl/mod.ts";
import { readFcpxml, writeFcpxml } from "../../shared/fcpxml/mod.ts";
import { layItems } from "../../shared/fcpxml/spine.ts";
import { everyCount, LAID_TAKES, laidFilms, laidMedia } from "../../shared/film/arbitrary.ts";
import { readOtio, writeOtio } from "../../shared/otio/mod.ts";
import type { Rate } from "../../shared/time/rate.ts";
import {
  findOtio,
  type OtioTimeline,
  readFcpxSamples,
  readManyWithOtio,
  readOtioSamples,
  writeManyWithOtio,
} from "../testing/otio.ts";

/** Films of every rate and way of counting, with all that a canvas can say; always the same ones. */
const POOL = everyCount().map((count, i) =>
  fc.sample(laidFilms([count]), { numRuns: 80, seed: 60 + i }).map(({ timeline }) => timeline)
);
const FILMS = POOL.flatMap((films) => films.slice(0, 7));

/** As many of each way of counting as there are of what another program knows, at most eight. */
function corpusOf(known: (film: Timeline) => Timeline | null): Timeline[] {
  const found = POOL.flatMap((films) => films.flatMap((film) => known(film) ?? []).slice(0, 8));
  assert.ok(found.length >= 60, `the corpus has ${found.length}`);
  return found;
}
const SHAPE = { width: 1280, height: 720, pixel_aspect: "1:1" };
const MEDIA = laidMedia();
const TAKES: CutTake[] = LAID_TAKES.map((take) => ({
  ...{ reel: take.reel, name: take.name, frames: take.frames, still: take.kind === "image" },
  timecodeStart: take.timecode_start,
}));

/** Clips of the picture track, where they lie on it; its gaps come from their places. */
function clipsOf(read: OtioTimeline, start: number) {
  let at = start;
  return read.items.flatMap(({ kind, name, start, frames }) => {
    if (kind === "Transition") return [];
    at += frames;
    return kind === "Clip" ? [{ name, at: at - frames, start, frames }] : [];
  });
}

function clipsOfFilm(film: Timeline) {
  return picturesOf(film).filter((it) => it.reel !== BLACK && it.record.out > it.record.in).map((event) => ({
    ...{ name: ownClip(event), at: event.record.in, start: event.source.in },
    frames: event.record.out - event.record.in,
  }));
}

/**
 * What is seen frame by frame: takes by name, one over the other in a transition. At another speed the take alone: lists name it
 * to a tenth. Black at the head and the end is left out: its writer does.
 */
function framesShown(film: Timeline): string[] {
  const at = (source: { take: CutTake | null; start: number; retime?: Retime }, frame: number) => {
    if (!source.take) return "-";
    if (source.retime) return source.take.name;
    return `${source.take.name}:${source.take.still ? 0 : frameOf(source, frame)}`;
  };
  const shown = compileCut({ ...film, events: picturesOf(film) }, TAKES).pieces.flatMap((piece) =>
    Array.from(
      { length: piece.frames },
      (_, frame) =>
        piece.kind === "run"
          ? at(piece.source, frame)
          : `${piece.kind} ${at(piece.from, frame)} ${at(piece.to, frame)}`,
    )
  );
  return shown.slice(shown.findIndex((it) => it !== "-"), shown.findLastIndex((it) => it !== "-") + 1);
}

function picturesOf(film: Timeline): EdlEvent[] {
  return film.events.filter(hasPicture).map((event) => ({ ...event, channels: "V" }));
}

/**
 * Pictures alone, and no fade at the head: its reader refuses a transition there. It finds no M2 line whose timecode has a
 * semicolon, passes over one where source and record are as long, and tells backwards by rounding.
 */
function knownToItsEdl(film: Timeline): Timeline | null {
  const told = film.events.every((it) =>
    it.speed === undefined || (!film.drop && it.speed > 0 && changesLength(it))
  );
  if (!told) return null;
  const [first, second, ...rest] = picturesOf(film);
  if (!first || first.record.out > first.record.in) return { ...film, events: picturesOf(film) };
  const { to_clip, clip: _, ...own } = second!;
  return { ...film, events: [{ ...own, clip: to_clip!, transition: { kind: "cut" } }, ...rest] };
}

/**
 * What its writer knows: wipes become dissolves and what mixes with black is cut. Its source out is that of normal speed: one near
 * it is told by M2 alone, to a tenth.
 */
function plainOf(film: Timeline): Timeline | null {
  const known = knownToItsEdl(film);
  if (!known || known.events.some((it) => it.speed !== undefined && nearlyNormal(it))) return null;
  const events = known.events.flatMap((event, index): EdlEvent[] => {
    const next = known.events[index + 1];
    const before = known.events[index - 1];
    if (isFirstLine(event)) return event.reel === BLACK || next?.reel === BLACK ? [] : [event];
    const { transition, clip, to_clip, ...rest } = event;
    if (transition.kind === "cut") return [event];
    const black = event.reel === BLACK || before?.reel === BLACK;
    if (!black) return [{ ...event, transition: { kind: "dissolve", frames: mixOf(event) } }];
    const own = event.reel === BLACK ? undefined : to_clip ?? clip;
    return [{ ...rest, transition: { kind: "cut" }, ...(own === undefined ? {} : { clip: own }) }];
  });
  return { ...known, events };
}

function mixOf({ transition }: EdlEvent): number {
  return transition.kind === "cut" ? 0 : transition.frames;
}

function isFirstLine({ record }: EdlEvent): boolean {
  return record.in === record.out;
}

function changesLength({ source, record }: EdlEvent): boolean {
  return source.out - source.in !== record.out - record.in;
}

function nearlyNormal({ source, record }: EdlEvent): boolean {
  const length = record.out - record.in;
  return Math.abs(source.out - source.in - length) < 0.2 * length;
}

function rateOf(rate: Rate): number {
  return rate.num / rate.den;
}

const otio = await findOtio();
if ("missing" in otio) console.warn(`Skipped, the corpus in OpenTimelineIO: ${otio.missing}.`);

function story(name: string, run: (python: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: "missing" in otio,
    fn: async () => {
      assert("python" in otio);
      await run(otio.python);
    },
  });
}

story(
  "OpenTimelineIO reads what we write as its own to the same clips, for every film of the corpus",
  async (python) => {
    assert.ok(FILMS.length >= 60);
    const read = await readManyWithOtio(
      python,
      FILMS.map((film) => ({ adapter: "otio_json", rate: 0, text: writeOtio(film, MEDIA) })),
    );
    for (const [index, { read: it, otio: text, why }] of read.entries()) {
      const film = FILMS[index]!;
      assert.ok(it, why);
      assert.deepEqual(clipsOf(it, film.events[0]!.record.in), clipsOfFilm(film));
      // And what it writes of it comes back as the film.
      assert.deepEqual(readOtio(text, film.rate).timeline, film);
    }
  },
);

story("it reads our EDLs to the same film, for all that its reader knows", async (python) => {
  const known = corpusOf(knownToItsEdl);
  const read = await readManyWithOtio(
    python,
    known.map((film) => ({ adapter: "cmx_3600", rate: rateOf(film.rate), text: writeEdl(film) })),
  );
  for (const [index, { read: it, otio: text, why }] of read.entries()) {
    const film = known[index]!;
    assert.ok(it, `${why}\n${writeEdl(film)}`);
    const back = readOtio(text, film.rate).timeline;
    assert.deepEqual(framesShown(back), framesShown(film), writeEdl(film));
  }
});

story("it reads our FCPXML to the same clips, at the rates that its reader counts", async (python) => {
  // It counts 23.976 as 23.
  const films = FILMS.filter((film) => film.rate.den === 1);
  const read = await readManyWithOtio(
    python,
    films.map((film) => ({ adapter: "fcpx_xml", rate: 0, text: writeFcpxml(film, MEDIA, SHAPE) })),
  );
  for (const [index, { read: it, why }] of read.entries()) {
    const film = films[index]!;
    assert.ok(it, why);
    const expected = layItems(film).filter((item) =>
      item.event && item.event.reel !== BLACK && !item.trailing
    )
      .map((item) => ({
        ...{ name: ownClip(item.event!), at: item.in },
        start: item.event!.source.in + item.in - item.event!.record.in,
        frames: item.out - item.in,
      }));
    // It counts in floating point and cuts off: now and then a frame less.
    const near = clipsOf(it, 0).map((clip, i) => {
      const { start, frames, at } = expected[i] ?? clip;
      const close = [start - clip.start, frames - clip.frames, at - clip.at].every((by) =>
        by === 0 || by === 1
      );
      return close ? { ...clip, start, frames, at } : clip;
    });
    assert.deepEqual(near, expected);
  }
});

story("we read what it writes: EDLs of the corpus, cut to the same frames", async (python) => {
  const plain = corpusOf(plainOf);
  const texts = await writeManyWithOtio(
    python,
    plain.map((film) => ({ otio: writeOtio(film, MEDIA), adapter: "cmx_3600", rate: rateOf(film.rate) })),
  );
  for (const [index, text] of texts.entries()) {
    const film = plain[index]!;
    assert.ok(text, writeEdl(film));
    const back = parseEdl(text, film.rate);
    assert.deepEqual(framesShown(back), framesShown(film), text);
  }
});

story("we read its own sample EDLs as it does: as many clips, as long", async (python) => {
  const samples = await readOtioSamples(python);
  assert.ok(samples.length >= 10, `only ${samples.map((each) => each.name)} were there`);
  for (const { name, text, read, rate } of samples) {
    const shown = parseEdl(text, { num: rate, den: 1 }).events
      .filter((it) => hasPicture(it) && it.record.out > it.record.in);
    assert.equal(shown.length, read.items.filter((item) => item.kind === "Clip").length, name);
    const start = Math.min(...shown.map((it) => it.record.in));
    assert.equal(Math.max(...shown.map((it) => it.record.out)) - start, read.frames, name);
  }
});

story("we read its Final Cut samples to its clips, and say what lies beside them", async (python) => {
  const samples = await readFcpxSamples(python);
  assert.ok(samples.length > 0);
  for (const { name, text, read } of samples) {
    const [, num, den] = /frameDuration="(\d+)\/(\d+)s"/.exec(text)!;
    const { timeline, left } = readFcpxml(text, { num: Number(den) / 100, den: Number(num) / 100 });
    const shown = timeline.events.filter((it) => it.reel !== BLACK && it.record.out > it.record.in);
    const told = shown.map((it) => ({ name: ownClip(it), at: it.record.in, start: it.source.in }));
    // A compound clip is a stack to it and one clip to us; a transition takes frames of the clip before it.
    const items = read.items.map((item) => item.kind === "Stack" ? { ...item, kind: "Clip" as const } : item);
    assert.deepEqual(
      told,
      clipsOf({ ...read, items }, 0).map(({ name, at, start }) => ({ name, at, start })),
      name,
    );
    assert.ok(left.some((sentence) => sentence.includes("compound")), name);
  }
});
