import { z } from "zod";
import type { MediaFacts } from "../../shared/agents/protocol.ts";
import type { Rate } from "../../shared/time/rate.ts";
import { ffprobe, input, MediaError, MOST_PIXELS } from "./ffmpeg.ts";
import { DEMUXERS, type Format, sniffFile, STILLS } from "./sniff.ts";

/** What is in a file, by content. */
export interface Inspection {
  path: string;
  format: Format;
  /** ffmpeg's demuxer, to be named whenever the file is opened. */
  demuxer: string;
  still: boolean;
  width: number;
  height: number;
  /** Those that a player shows, counted; 1 for a still. */
  frames: number;
  /** Numbers of the frames at which decoding can begin. */
  keyframes: ReadonlySet<number>;
  /** Its packets are its frames, one for one: none is hidden by an edit list and none is shown turned. */
  plain: boolean;
  /** null for a still. */
  rate: Rate | null;
  /** Every frame lasts as long as the others. */
  constant: boolean;
  codec: string;
  pixelFormat: string;
  /** Square pixels. */
  square: boolean;
  /** Width to height of a pixel, as it is shown. */
  aspect: readonly [number, number];
  /** It can be transparent. */
  alpha: boolean;
  /** Frames are stored in another order than they are shown. */
  reordered: boolean;
  /** Hash of the decoder's setup (SPS and PPS): equal hashes can follow one another in one stream. */
  setup: string | null;
  audio: boolean;
}

const Stream = z.object({
  index: z.number(),
  codec_type: z.string(),
  codec_name: z.string().default("unknown"),
  width: z.number().default(0),
  height: z.number().default(0),
  has_b_frames: z.number().default(0),
  sample_aspect_ratio: z.string().default("1:1"),
  pix_fmt: z.string().default("unknown"),
  r_frame_rate: z.string().default("0/0"),
  avg_frame_rate: z.string().default("0/0"),
  extradata_hash: z.string().optional(),
  disposition: z.object({ attached_pic: z.number().default(0) }).default({ attached_pic: 0 }),
  side_data_list: z.array(z.object({ rotation: z.coerce.number().optional() })).default([]),
});
const Probe = z.object({ streams: z.array(Stream).default([]) });

/** Reads what a picture or video file is. Rejects with {@link MediaError} when it is neither, is empty or is broken. */
export async function inspect(path: string, options: { signal?: AbortSignal } = {}): Promise<Inspection> {
  const { size } = await Deno.stat(path);
  if (size === 0) throw new MediaError("The file is empty.");
  const format = await sniffFile(path);
  if (!format) throw new MediaError("The file is no picture or video of a format the studio knows.");
  const demuxer = DEMUXERS[format];
  const still = STILLS.includes(format);
  const streams = await read(path, demuxer, options.signal);
  const video = streams.find((s) => s.codec_type === "video" && !s.disposition.attached_pic);
  if (!streams.length) throw new MediaError("The file is broken or cut off: nothing in it can be read.");
  if (!video) throw new MediaError("The file has sound but no picture.");
  const packets = await readPackets(path, demuxer, video.index, options.signal);
  const shown = packets.filter(({ flags }) => !flags.includes("D"));
  if (video.width < 1 || video.height < 1 || shown.length < 1) {
    throw new MediaError(
      `The file holds no complete frame, or one of more than ${
        Math.floor(MOST_PIXELS / 1e6)
      } million pixels.`,
    );
  }
  const guessed = rational(video.r_frame_rate);
  const average = rational(video.avg_frame_rate);
  // The container's guess is exact for a constant rate; for a varying one only the average means anything.
  const constant = guessed !== null && lastsAsLong(shown, fps(guessed)) &&
    (average === null || Math.abs(fps(average) / fps(guessed) - 1) < 0.5 / packets.length);
  const rate = constant ? guessed : average;
  if (!still && !rate) throw new MediaError("The video does not say how many frames it has in a second.");
  const turn = video.side_data_list.find((each) => each.rotation)?.rotation ?? 0;
  const aspect = aspectOf(video.sample_aspect_ratio);
  // ffmpeg shows a phone's upright video upright.
  const [width, height] = turn % 180 === 0 ? [video.width, video.height] : [video.height, video.width];
  return {
    path,
    format,
    demuxer,
    still,
    width,
    height,
    frames: still ? 1 : shown.length,
    keyframes: new Set(shown.flatMap(({ flags }, frame) => flags.startsWith("K") ? [frame] : [])),
    plain: shown.length === packets.length && turn === 0,
    rate: still ? null : rate,
    constant,
    codec: video.codec_name,
    pixelFormat: video.pix_fmt,
    square: aspect[0] === aspect[1],
    aspect: turn % 180 === 0 ? aspect : [aspect[1], aspect[0]],
    alpha: /^(yuva|gbrap|rgba|argb|bgra|abgr|ya\d|pal8)/.test(video.pix_fmt),
    reordered: video.has_b_frames > 0,
    setup: video.extradata_hash ?? null,
    audio: streams.some((s) => s.codec_type === "audio"),
  };
}

/** The facts that go to the gateway with a take. */
export async function probe(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<z.infer<typeof MediaFacts>> {
  return factsOf(await inspect(path, options));
}

export function factsOf(it: Inspection): z.infer<typeof MediaFacts> {
  return {
    format: it.format,
    width: it.width,
    height: it.height,
    frames: it.frames,
    ...(it.rate ? { rate: `${it.rate.num}/${it.rate.den}` } : {}),
    codec: it.codec,
    pixel_format: it.pixelFormat,
    audio: it.audio,
  };
}

interface Packet {
  /** Seconds at which it is shown, or decoded where the container says no more; NaN: it says neither. */
  time: number;
  /** K a key frame, D one that an edit list hides: counting packets alone would count the hidden ones. */
  flags: string;
}

async function readPackets(
  path: string,
  demuxer: string,
  stream: number,
  signal?: AbortSignal,
): Promise<Packet[]> {
  const text = await ffprobe([
    ...["-f", demuxer, "-select_streams", String(stream)],
    ...["-show_entries", "packet=pts_time,dts_time,flags", "-of", "csv=p=0"],
    ...input(path),
  ], signal ? { signal } : {});
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").map((line) => {
    const [pts, dts, flags = ""] = line.split(",") as [string, string, string?];
    return { time: Number.parseFloat(pts === "N/A" ? dts : pts), flags };
  });
}

/** From the first frame to the last it takes as long as so many frames of that rate: some containers only claim a rate. */
function lastsAsLong(shown: readonly Packet[], rate: number): boolean {
  const times = shown.map(({ time }) => time).filter((time) => !Number.isNaN(time));
  if (times.length < shown.length || times.length < 2) return true;
  let [first, last] = [Infinity, -Infinity];
  for (const time of times) [first, last] = [Math.min(first, time), Math.max(last, time)];
  return Math.abs((last - first) * rate - (times.length - 1)) < 0.5;
}

async function read(path: string, demuxer: string, signal?: AbortSignal) {
  const args = ["-f", demuxer, "-show_data_hash", "sha256", "-show_streams", "-of", "json"];
  let text: string;
  try {
    text = await ffprobe([...args, ...input(path)], signal ? { signal } : {});
  } catch (cause) {
    if (!(cause instanceof MediaError) || cause.host) throw cause;
    throw new MediaError("The file is broken or cut off: it cannot be read.", {
      cause,
      detail: cause.detail,
    });
  }
  return Probe.parse(JSON.parse(text)).streams;
}

/** What says nothing, or nonsense, counts as square. */
function aspectOf(text: string): readonly [number, number] {
  const [wide, high] = text.split(":").map(Number);
  return wide && high ? [wide, high] : [1, 1];
}

function rational(text: string): Rate | null {
  const [num, den] = text.split("/").map(Number);
  return num && den ? { num, den } : null;
}

function fps(rate: Rate): number {
  return rate.num / rate.den;
}
