import assert from "node:assert/strict";
import { join } from "@std/path";
import fc from "fast-check";
import { compileCut, type Cut, frameOf, hasPicture, type Piece } from "../../shared/edl/mod.ts";
import { LAID_TAKES, type LaidFilm, laidFilms } from "../../shared/film/arbitrary.ts";
import { type Rate, RATES } from "../../shared/time/rate.ts";
import { type Inspection, readMp4, type Track, videoEncoding } from "../media/mod.ts";
import { makeCodedClip, openFolder } from "../media/testing.ts";
import { withAnchors } from "./anchor.ts";
import { type Feed, longestOf } from "./feed.ts";
import { planSegments, type Segment, type Shown } from "./plan.ts";
import type { Take } from "./take.ts";

const SIZE = { width: 64, height: 36 };

/** Takes as our own encoder makes them, and two of others: all with the frames of one file, whose tables are real. */
function takesOf(path: string, picture: Track, rate: Rate): Take[] {
  return LAID_TAKES.map(({ reel, name, frames, kind, timecode_start, oid }, i) => {
    const still = kind === "image";
    const file: Inspection = {
      ...{
        path,
        format: "mp4",
        demuxer: "mov",
        still,
        ...SIZE,
        frames,
        keyframes: picture.keys,
        plain: true,
      },
      ...{ rate: still ? null : rate, constant: true, codec: "h264", pixelFormat: "yuv420p", square: true },
      ...{ aspect: [1, 1], alpha: false, reordered: false, setup: null, audio: false },
    };
    return {
      ...{ reel, name, oid, frames, still, timecodeStart: timecode_start, file, sound: null },
      ...{ picture: still ? null : picture, setup: i < 6 ? "ours" : "another's" },
    };
  });
}

/** The frame of the film, as the list has it: who is seen, and how much of the one that comes. */
function shownIn({ pieces }: Cut<Take>): string[] {
  return pieces.flatMap((piece) => Array.from({ length: piece.frames }, (_, at) => shownOf(piece, at)));
}

function shownOf(piece: Piece<Take>, at: number): string {
  const said = (
    { take, start, retime }: {
      take: Take | null;
      start: number;
      retime?: Parameters<typeof frameOf>[0]["retime"];
    },
  ) => take ? `${take.oid.slice(0, 1)}:${take.still ? 0 : frameOf({ start, retime }, at)}` : "black";
  return piece.kind === "run"
    ? said(piece.source)
    : `${piece.kind} ${said(piece.from)} ${said(piece.to)} ${at} of ${piece.frames}`;
}

/** The same by the segments. */
function shownBy({ frames, shown }: Segment): string[] {
  return Array.from({ length: frames }, (_, at) => {
    const said = (feed: Feed) =>
      feed.file ? `${feed.oid.slice(0, 1)}:${feed.file.still ? 0 : frameOf(feed, at)}` : "black";
    const mixed = (it: Exclude<Shown, { kind: "run" }>) =>
      `${it.kind} ${said(it.from)} ${said(it.to)} ${it.at + at} of ${it.of}`;
    return shown.kind === "run" ? said(shown.feed) : mixed(shown);
  });
}

Deno.test("whatever a list says, its segments show each frame of the film once, in order, and copy only what can be copied", async () => {
  await using folder = await openFolder();
  const path = join(folder.path, "take.mp4");
  const encoding = [...videoEncoding(RATES["24"]), "-sc_threshold", "0"];
  await makeCodedClip({ to: path, first: 1, frames: 240, rate: RATES["24"], ...SIZE, encoding });
  const picture = (await readMp4(path))!.tracks[0]!;
  const seen = { copied: 0, encoded: 0, anchors: 0, mixed: 0 };
  const holds = async ({ timeline }: LaidFilm) => {
    const events = timeline.events.filter(hasPicture).map((event) => ({ ...event, channels: "V" }));
    const cut = compileCut({ ...timeline, events }, takesOf(path, picture, timeline.rate));
    const screen = { rate: timeline.rate, ...SIZE, aspect: [1, 1] as const };
    const planned = planSegments(cut, screen, { setup: "ours" });
    for (const segments of [planned, await withAnchors(planned)]) {
      let at = 0;
      for (const { frames, copy, anchor, packets, shown, at: begins } of segments) {
        assert.equal(begins, at, "one after another, with nothing between");
        assert(frames > 0);
        at += frames;
        if (shown.kind !== "run") seen.mixed++;
        const feeds = shown.kind === "run" ? [shown.feed] : [shown.from, shown.to];
        assert(
          copy || feeds.every((feed) => frames <= longestOf(feed)),
          "no more of a take backwards than is held in memory",
        );
        if (anchor) seen.anchors++;
        if (!copy) seen.encoded += frames;
        const from = copy?.from ?? packets?.from;
        if (from === undefined) continue;
        assert(shown.kind === "run" && !shown.feed.retime && from === shown.feed.start);
        if (!copy) continue;
        assert.equal(copy.take.setup, "ours");
        assert(copy.heads ? copy.heads.length === frames : picture.keys.has(copy.from), "it can be decoded");
        seen.copied += frames;
      }
      assert.equal(at, cut.frames);
      assert.deepEqual(segments.flatMap(shownBy), shownIn(cut));
    }
  };
  await fc.assert(fc.asyncProperty(laidFilms(), holds), { numRuns: 120, seed: 11 });
  for (const [what, count] of Object.entries(seen)) assert(count > 30, `${count} ${what}`);
});
