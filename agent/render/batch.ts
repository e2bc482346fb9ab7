import { nominalRate } from "../../shared/time/rate.ts";
import {
  ffmpeg,
  type FfmpegOptions,
  MediaError,
  rateText,
  readMp4,
  setupOf,
  streamHead,
  type Track,
  writeMovie,
} from "../media/mod.ts";
import { ANCHOR, H264, type PictureCodec } from "./codecs.ts";
import { feedRuns, type PacketRun, runOf } from "./packet_runs.ts";
import type { Segment } from "./plan.ts";
import type { Screen } from "./screen.ts";

/** A segment, and the file that it is to lie in. */
export interface Piece {
  segment: Segment;
  path: string;
}

/** Seconds of packets that one ffmpeg decodes: from where another pays, and about as many as it gets. */
const [LEAST_S, MOST_S] = [8, 30];

/**
 * Shares out the pieces that can be encoded in one stream, so that each of `width` encoders has one batch at least where that
 * pays; what is left has to be encoded each by itself. Starting an encoder costs as much as eight frames of 720 lines.
 */
export function batchesOf<P extends Piece>(
  pieces: readonly P[],
  { codec, screen, width }: { codec: PictureCodec; screen: Screen; width: number },
): { batches: P[][]; single: P[] } {
  const fits = new Map(pieces.flatMap((piece) => {
    // Our own encoder begins anew at each key frame that it is told, with the same headers.
    const run = (codec === H264 || codec === ANCHOR) && piece.segment.over === ""
      ? runOf(piece.segment)
      : null;
    return run ? [[piece, run.end - run.first]] : [];
  }));
  const total = [...fits.values()].reduce((sum, packets) => sum + packets, 0);
  const seconds = total / nominalRate(screen.rate);
  const count = Math.max(1, Math.ceil(seconds / MOST_S), Math.min(width, Math.floor(seconds / LEAST_S)));
  const batches: P[][] = Array.from({ length: count }, () => []);
  let before = 0;
  for (const [piece, packets] of fits) {
    batches[Math.floor((before * count) / total)]!.push(piece);
    before += packets;
  }
  const together = batches.filter(({ length }) => length > 1);
  const taken = new Set(together.flat());
  return { batches: together, single: pieces.filter((piece) => !taken.has(piece)) };
}

/**
 * Encodes pieces of takes in one stream, each from a key frame of its own on, and puts each into its file without encoding it again.
 * Their packets are decoded behind one another. false: something did not add up, and each has to be encoded by itself, which says
 * what is wrong with it. `onFrame` counts over all of them.
 */
export async function encodeBatch(
  pieces: readonly Piece[],
  how: { screen: Screen; codec: PictureCodec; threads: number },
  whole: string,
  options: FfmpegOptions = {},
): Promise<boolean> {
  const runs = pieces.flatMap(({ segment }) => runOf(segment) ?? []);
  const head = runs[0] && streamHead(runs[0].track.entry);
  const setup = runs[0] && setupOf(runs[0].track);
  if (!head || runs.length < pieces.length || runs.some(({ track }) => setupOf(track) !== setup)) {
    return false;
  }
  try {
    await ffmpeg(wordsOf(runs, how, whole), { ...options, feed: (stdin) => feedRuns(runs, head, stdin) });
    const track = (await readMp4(whole))?.tracks.find(({ kind }) => kind === "vide");
    if (!track || setupOf(track) !== setup) return false;
    return await divide(track, whole, pieces, how.screen, options.signal);
  } catch (error) {
    if (!(error instanceof MediaError) || error.host) throw error;
    return false;
  } finally {
    await Deno.remove(whole).catch(() => {});
  }
}

function wordsOf(
  runs: readonly PacketRun[],
  { screen, codec, threads }: { screen: Screen; codec: PictureCodec; threads: number },
  to: string,
): string[] {
  const { rate } = screen;
  const wanted: string[] = [];
  const begins: number[] = [];
  let [fed, shown] = [0, 0];
  for (const { first, end, skip } of runs) {
    wanted.push(`between(n,${fed + skip},${fed + end - first - 1})`);
    if (shown) begins.push(shown);
    fed += end - first;
    shown += end - first - skip;
  }
  // A frame more than was fed would move all that follow: it is let through, and the count is off.
  wanted.push(`gte(n,${fed})`);
  // What is copied beside them has the film's size, shape and colours: there is nothing to fit.
  const filters = [
    ...[`select='${wanted.join("+")}'`, `settb=${rate.den}/${rate.num}`, "setpts=N"],
    `format=${codec.pixelFormat}`,
  ];
  // A key frame comes at the first frame from a time on, which is rounded to frames, or not.
  const times = begins.map((frame) => (((frame - 0.25) * rate.den) / rate.num).toFixed(6));
  return [
    // What can be decoded only in part is left to those who decode it alone.
    ...["-xerror", "-filter_threads", String(threads), "-threads", String(threads)],
    ...["-err_detect", "explode", "-r", rateText(rate), "-f", "h264", "-i", "pipe:0"],
    ...["-map", "0:v:0", "-vf", filters.join(","), "-map_metadata", "-1", "-r", rateText(rate)],
    ...[...codec.words(screen, threads), "-force_key_frames", times.join(",")],
    ...(rate.den === 1 ? [] : ["-video_track_timescale", String(rate.num)]),
    ...["-f", "mp4", `file:${to}`],
  ];
}

/** Each piece into its file, where the stream has exactly their frames and a key frame at the head of each. */
async function divide(
  track: Track,
  whole: string,
  pieces: readonly Piece[],
  { rate, width, height }: Screen,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { entry, timescale, delta, sizes, offsets, keys, shown } = track;
  const begins: number[] = [];
  let count = 0;
  for (const { segment } of pieces) {
    begins.push(count);
    count += segment.frames;
  }
  if (delta === null || shown || sizes.length !== count || !begins.every((frame) => keys.has(frame))) {
    return false;
  }
  for (const [i, { segment, path }] of pieces.entries()) {
    const [from, to] = [begins[i]!, begins[i]! + segment.frames];
    const own = [...keys].filter((frame) => frame >= from && frame < to).map((frame) => frame - from);
    await writeMovie(
      {
        ...{
          quicktime: false,
          sound: null,
          title: "",
          timecode: { start: 0, nominal: nominalRate(rate), drop: false },
        },
        picture: {
          ...{ kind: "vide", entry, timescale, delta, width, height, keys: own, shown: null },
          parts: [{ path: whole, offsets: offsets.subarray(from, to), sizes: sizes.subarray(from, to) }],
        },
      },
      path,
      signal ? { signal } : {},
    );
  }
  return true;
}
