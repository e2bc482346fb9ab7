import assert from "node:assert/strict";
import fc from "fast-check";
import {
  baseName,
  compileCut,
  type CutTake,
  EdlProfile,
  frameOf,
  parseEdl,
  soundReel,
  stemOf,
  writeEdl,
} from "../edl/mod.ts";
import { readFcpxml, writeFcpxml } from "../fcpxml/mod.ts";
import { readOtio, writeOtio } from "../otio/mod.ts";
import { LAID_SOUNDS, LAID_TAKES, laidFilms, laidMedia } from "./arbitrary.ts";

const RUNS = { numRuns: 150, seed: 8 };
const SHAPE = { width: 1280, height: 720, pixel_aspect: "1:1" };

const takes: CutTake[] = [
  ...LAID_TAKES.map((take) => ({
    ...{ reel: take.reel, name: take.name, frames: take.frames, still: take.kind === "image" },
    timecodeStart: take.timecode_start,
  })),
  ...LAID_SOUNDS.map(({ oid, path }) => ({
    ...{ reel: soundReel(oid), name: stemOf(baseName(path)), frames: 0, still: false, audio: true },
    timecodeStart: 0,
  })),
];
const media = laidMedia();

Deno.test("what a canvas says comes back from its EDL: speed, wipes, gaps, sound, notes", () => {
  fc.assert(
    fc.property(laidFilms(), ({ timeline }) => {
      assert.deepEqual(parseEdl(writeEdl(timeline), timeline.rate), timeline);
    }),
    RUNS,
  );
});

Deno.test("and from OpenTimelineIO", () => {
  fc.assert(
    fc.property(laidFilms(), ({ timeline }) => {
      const read = readOtio(writeOtio(timeline, media), timeline.rate);
      assert.deepEqual(read.timeline, timeline);
      assert.deepEqual(read.left, []);
    }),
    RUNS,
  );
});

Deno.test("and from FCPXML", () => {
  fc.assert(
    fc.property(laidFilms(), ({ timeline }) => {
      const text = writeFcpxml(timeline, media, SHAPE);
      const read = readFcpxml(text, timeline.rate);
      assert.deepEqual(read.timeline, timeline);
      assert.deepEqual(read.left, []);
    }),
    RUNS,
  );
});

Deno.test("every profile is cut to the same frames and the same sound", () => {
  const fileOf = (clip: string) => clip.endsWith(".wav") ? clip : `${clip}.mp4`;
  fc.assert(
    fc.property(laidFilms(), fc.constantFrom(...EdlProfile.options), ({ timeline }, profile) => {
      const list = parseEdl(writeEdl(timeline, { profile, fileOf }), timeline.rate);
      const told = (cut: ReturnType<typeof compileCut>) =>
        JSON.stringify([
          cut.pieces.map((piece) =>
            piece.kind === "run"
              ? [piece.frames, piece.source.take?.name, piece.source.start, piece.source.retime]
              : [
                piece.kind,
                piece.frames,
                ...[piece.from, piece.to].map((it) => [it.take?.name, it.start, it.retime]),
              ]
          ),
          cut.sounds.map(({ take, ...rest }) => [take.name, rest]),
        ]);
      assert.equal(told(compileCut(list, takes)), told(compileCut(timeline, takes)));
    }),
    RUNS,
  );
});

Deno.test("every frame of a film is shown once, from a frame that its take has", () => {
  fc.assert(
    fc.property(laidFilms(), ({ timeline }) => {
      const cut = compileCut(timeline, takes);
      assert.equal(cut.pieces.reduce((sum, piece) => sum + piece.frames, 0), cut.frames);
      for (const piece of cut.pieces) {
        for (const source of piece.kind === "run" ? [piece.source] : [piece.from, piece.to]) {
          if (!source.take || source.take.still) continue;
          for (let index = 0; index < piece.frames; index++) {
            const frame = frameOf(source, index);
            assert.ok(frame >= 0 && frame < source.take.frames, `frame ${frame} of ${source.take.name}`);
          }
        }
      }
      for (const sound of cut.sounds) {
        assert.ok(sound.at >= 0 && sound.frames > 0 && sound.at + sound.frames <= cut.frames);
        assert.ok(sound.fade_in <= sound.frames && sound.fade_out <= sound.frames);
      }
    }),
    RUNS,
  );
});
