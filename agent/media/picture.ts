import { appendFile } from "./append.ts";
import { fit, rateText, videoEncoding } from "./encoding.ts";
import { ffmpeg, type FfmpegOptions, input } from "./ffmpeg.ts";
import { inspect, type Inspection } from "./probe.ts";
import type { Rate } from "../../shared/time/rate.ts";

/** The film's picture. */
export interface Screen {
  rate: Rate;
  width: number;
  height: number;
}

/** Frames `start` to `start + frames` of a file, counted at the film's rate; null is black. */
export interface Run {
  file: Inspection | null;
  start: number;
  frames: number;
}
export type Shown = Run | { from: Run; to: Run; frames: number };

export interface Step {
  shown: Shown;
  /** Bytes of the take as they are; nothing is decoded. */
  copy: boolean;
  /** Index of the piece that it is part of. */
  piece: number;
  /** Filters over the finished picture. */
  over?: string;
}

/**
 * Decides what is copied. A run of a take can be, from a key frame on, when the take is H.264 as the film is; what comes
 * before that key frame is encoded. Streams with different headers can't follow one another in one track, so once anything
 * must be encoded only takes with our own encoder's headers are copied.
 */
export async function planPicture(
  shown: readonly Shown[],
  screen: Screen,
  folder: string,
  options: FfmpegOptions & {
    /** Nothing is copied: something is to be drawn into every frame. */
    encode?: boolean;
  } = {},
): Promise<Step[]> {
  if (options.encode) return split(shown, () => false);
  const free = split(shown, (file) => alike(file, screen));
  const setups = new Set(free.map((step) => "file" in step.shown ? step.shown.file?.setup : null));
  if (setups.size === 1 && free.every((step) => step.copy)) return free;
  const ours = await ownSetup(screen, folder, options);
  return split(shown, (file) => alike(file, screen) && file.setup === ours);
}

function split(shown: readonly Shown[], copyable: (file: Inspection) => boolean): Step[] {
  return shown.flatMap((each, piece): Step[] => {
    if (!("file" in each) || !each.file || !copyable(each.file)) return [{ shown: each, copy: false, piece }];
    const end = each.start + each.frames;
    let key = each.start;
    while (key < end && !each.file.keyframes.has(key)) key++;
    const head = { ...each, frames: key - each.start };
    const rest = { ...each, start: key, frames: end - key };
    return [
      ...(head.frames ? [{ shown: head, copy: false, piece }] : []),
      ...(rest.frames ? [{ shown: rest, copy: true, piece }] : []),
    ];
  });
}

function alike(it: Inspection, screen: Screen): boolean {
  return it.codec === "h264" && it.pixelFormat === "yuv420p" && it.square && it.plain && !it.reordered &&
    it.constant &&
    it.setup !== null && it.width === screen.width && it.height === screen.height && atRate(it, screen.rate);
}

function atRate(it: Inspection, rate: Rate): boolean {
  return it.rate?.num === rate.num && it.rate.den === rate.den;
}

/** The headers that this machine's encoder writes for such a film. */
async function ownSetup(screen: Screen, folder: string, options: FfmpegOptions): Promise<string | null> {
  const to = `${folder}/setup.mp4`;
  const black: Run = { file: null, start: 0, frames: 2 };
  const args = encodeArgs(black, screen);
  await ffmpeg([...args, "-f", "mp4", `file:${to}`], options.signal ? { signal: options.signal } : {});
  const { setup } = await inspect(to, options);
  await Deno.remove(to);
  return setup;
}

/** Renders one step as raw H.264 and adds it to `to`. The frames that it wrote. */
export async function renderStep(
  step: Step,
  screen: Screen,
  to: string,
  options: FfmpegOptions = {},
): Promise<number> {
  const part = `${to}.part`;
  const frames = step.copy && "file" in step.shown && step.shown.file
    ? await copyRun(step.shown.file, step.shown, part, options.signal ? { signal: options.signal } : {})
    : await ffmpeg([...encodeArgs(step.shown, screen, step.over), "-f", "h264", `file:${part}`], options);
  await appendFile(part, to, options.signal);
  await Deno.remove(part);
  return frames;
}

/** The packets of a run, cut by number: a time would have to be rounded. */
async function copyRun(file: Inspection, run: Run, to: string, options: FfmpegOptions): Promise<number> {
  const end = run.start + run.frames;
  const cuts = [...(run.start > 0 ? [run.start] : []), ...(end < file.frames ? [end] : [])];
  const open = input(file.path, ["-f", file.demuxer]);
  const copy = ["-map", "0:v:0", "-c", "copy", "-bsf:v", "h264_mp4toannexb"];
  if (!cuts.length) {
    await ffmpeg([...open, ...copy, "-f", "h264", `file:${to}`], options);
    return run.frames;
  }
  const segments = [0, 1, 2].map((i) => `${to}.${i}`);
  await ffmpeg([
    ...open,
    ...copy,
    ...["-f", "segment", "-segment_frames", cuts.join(","), "-break_non_keyframes", "1"],
    ...["-segment_format", "h264", `file:${to.replaceAll("%", "%%")}.%d`],
  ], options);
  const wanted = segments[run.start > 0 ? 1 : 0]!;
  await Deno.rename(wanted, to);
  await Promise.all(segments.map((path) => Deno.remove(path).catch(() => {})));
  return run.frames;
}

function encodeArgs(shown: Shown, screen: Screen, over?: string): string[] {
  const above = over ? [over] : [];
  const out = ["-frames:v", String(shown.frames), "-r", rateText(screen.rate), ...videoEncoding(screen.rate)];
  if ("file" in shown) {
    return [
      ...opened(shown, screen),
      "-map",
      "0:v:0",
      "-vf",
      [filters(shown, screen), ...above].join(","),
      ...out,
    ];
  }
  const seconds = (shown.frames * screen.rate.den) / screen.rate.num;
  const constant = `fps=${rateText(screen.rate)}`;
  const graph =
    `[0:v:0]${filters(shown.from, screen)},${constant}[a];[1:v:0]${
      filters(shown.to, screen)
    },${constant}[b];` +
    `[a][b]${
      [`xfade=transition=fade:duration=${seconds.toFixed(6)}:offset=0`, ...above, "format=yuv420p"].join(",")
    }[v]`;
  return [
    ...opened(shown.from, screen),
    ...opened(shown.to, screen),
    ...["-filter_complex", graph, "-map", "[v]", ...out],
  ];
}

function opened({ file, start }: Run, screen: Screen): string[] {
  const { width, height, rate } = screen;
  if (!file) return ["-f", "lavfi", "-i", `color=black:s=${width}x${height}:r=${rateText(rate)}`];
  // Half a frame early: the frames before are decoded and dropped, exactly, without reading the whole take.
  const seek = seekable(file, rate) && start > 0
    ? ["-ss", (((start - 0.5) * rate.den) / rate.num).toFixed(6)]
    : [];
  return input(file.path, ["-f", file.demuxer, ...seek]);
}

function seekable(file: Inspection, rate: Rate): boolean {
  return file.constant && atRate(file, rate);
}

/** A run as exactly its frames, numbered from 0 at the film's rate. */
function filters({ file, start, frames }: Run, { rate, width, height }: Screen): string {
  const counted = [`settb=${rate.den}/${rate.num}`, "setpts=N", `trim=end_frame=${frames}`];
  if (!file) return ["format=yuv420p", ...counted].join(",");
  if (file.still) return [fit(width, height), "loop=loop=-1:size=1:start=0", ...counted].join(",");
  const select = seekable(file, rate) ? [] : [`fps=${rateText(rate)}`, `trim=start_frame=${start}`];
  return [...select, ...counted, fit(width, height)].join(",");
}
