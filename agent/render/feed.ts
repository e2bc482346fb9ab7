import { frameOf, type Retime } from "../../shared/edl/mod.ts";
import { fit, input, type Inspection, rateText } from "../media/mod.ts";
import type { Screen } from "./screen.ts";

/** Frames of a file one after another as the film shows them, at its rate; null is black. */
export interface Feed {
  file: Inspection | null;
  /** SHA-256 of the file, by which what was made of it is known again. */
  oid: string;
  /** Frame of the take, counted at the film's rate, that is shown first. */
  start: number;
  retime?: Retime | undefined;
}

/** What it shows from its frame `by` on. */
export function laterFeed(feed: Feed, by: number): Feed {
  if (!feed.file || feed.file.still || by === 0) return feed;
  const { retime } = feed;
  return {
    ...feed,
    start: frameOf(feed, by),
    ...(retime ? { retime: { ...retime, phase: retime.phase + by } } : {}),
  };
}

/** At normal speed, frame for frame: nothing is repeated and nothing left out. */
export function isStraight({ file, retime }: Feed, { rate }: Screen): boolean {
  return file !== null && !file.still && !retime && file.constant &&
    file.rate!.num * rate.den === rate.num * file.rate!.den;
}

/** Frames of film that may be rendered at once: those of one that runs backwards are held in memory. */
export function longestOf({ retime }: Feed): number {
  if (!retime || retime.num >= 0) return Infinity;
  return Math.max(1, Math.floor((HELD * retime.den) / -retime.num));
}

/** Frames of a take that runs backwards that are held in memory at once. */
const HELD = 32;

export interface Opened {
  /** ffmpeg's words that open it. */
  args: string[];
  /** Filters that make of it exactly the frames that are shown, numbered from 0, at the film's size. */
  filters: string[];
}

/** How `frames` frames of a feed are read. */
export function openFeed(
  feed: Feed,
  frames: number,
  screen: Screen,
  pixelFormat: string,
  threads: number,
): Opened {
  const { file } = feed;
  const { rate, width, height, aspect } = screen;
  const ticks = `settb=${rate.den}/${rate.num}`;
  const end = `trim=end_frame=${frames}`;
  const size = file ? fit(width, height, { aspect, pixelFormat, alpha: file.alpha }) : "";
  if (!file) {
    const colour = `color=black:s=${width}x${height}:r=${rateText(rate)}`;
    return {
      args: ["-f", "lavfi", "-i", colour],
      filters: [`setsar=${aspect[0]}/${aspect[1]}`, `format=${pixelFormat}`, ticks, "setpts=N", end],
    };
  }
  const open = (seek: string[]) =>
    input(file.path, ["-threads", String(threads), "-f", file.demuxer, ...seek]);
  const hold = ["loop=loop=-1:size=1:start=0", ticks, "setpts=N", end];
  if (file.still) return { args: open([]), filters: [size, ...hold] };
  const used = framesUsed(feed, frames, rate);
  const { seek, skip } = reach(file, used.low, screen);
  const head = [...skip, ticks];
  if (feed.retime?.num === 0) {
    return { args: open(seek), filters: [...head, "trim=end_frame=1", "setpts=N", size, ...hold] };
  }
  if (isStraight(feed, screen)) return { args: open(seek), filters: [...head, "setpts=N", end, size] };
  const back = (feed.retime?.num ?? 1) < 0;
  return {
    args: open(seek),
    filters: [
      ...head,
      `trim=end_frame=${used.high - used.low + 1}`,
      ...(back ? ["reverse"] : []),
      `setpts='max(0,${firstShown(feed, used, back)})'`,
      `fps=${rateText(rate)}`,
      size,
      "tpad=stop_mode=clone:stop=-1",
      ticks,
      "setpts=N",
      end,
    ],
  };
}

interface Used {
  /** First and last frame that is shown, counted as the file's own where its rate is constant, else at the film's. */
  low: number;
  high: number;
  /** Own frames in a frame of film. */
  ratio: { num: number; den: number };
}

function framesUsed(feed: Feed, frames: number, film: { num: number; den: number }): Used {
  const own = feed.file!.rate!;
  const ratio = feed.file!.constant ? lowest(own.num * film.den, own.den * film.num) : { num: 1, den: 1 };
  const ends = [frameOf(feed, 0), frameOf(feed, frames - 1)]
    .map((frame) => Math.floor((frame * ratio.num) / ratio.den))
    .map((frame) => feed.file!.constant ? Math.min(frame, feed.file!.frames - 1) : frame);
  return { low: Math.min(...ends), high: Math.max(...ends), ratio };
}

/** How decoding begins at a frame. By time only where every frame lasts as long as the others. */
function reach(file: Inspection, frame: number, { rate }: Screen): { seek: string[]; skip: string[] } {
  // Where each frame stays a different while, it is the time that counts, so it is first brought to the film's rate.
  if (!file.constant) return { seek: [], skip: [`fps=${rateText(rate)}`, `trim=start_frame=${frame}`] };
  if (frame === 0) return { seek: [], skip: [] };
  // Half a frame early: the frames before are decoded and dropped, exactly, without reading the whole take.
  return { seek: ["-ss", (((frame - 0.5) * file.rate!.den) / file.rate!.num).toFixed(6)], skip: [] };
}

/**
 * An expression for the frame of film at which the file's frame N after `low` (backwards: before `high`) is shown first.
 * It is the inverse of {@link frameOf}, whose floor becomes a ceiling, over that of the file's own rate.
 */
function firstShown(feed: Feed, { low, high, ratio }: Used, back: boolean): string {
  const { base, phase, num, den } = feed.retime ?? { base: feed.start, phase: 0, num: 1, den: 1 };
  const speed = Math.abs(num);
  // A frame of the take, at the film's rate, from which the file's frame is on the screen, or until which it is.
  const taken = back
    ? `(ceil((${high}-N+1)*${ratio.den}/${ratio.num})-1)`
    : `ceil((${low}+N)*${ratio.den}/${ratio.num})`;
  const moved = back ? `(${base}-${taken})` : `(${taken}-${base})`;
  return `ceil((${moved}*${den}-${phase * speed})/${speed})`;
}

function lowest(num: number, den: number): { num: number; den: number } {
  let [a, b] = [num, den];
  while (b) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}
