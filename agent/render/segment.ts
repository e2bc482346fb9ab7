import { mixAt, wipeOf } from "../../shared/edl/mod.ts";
import { ffmpeg, type FfmpegOptions, rateText } from "../media/mod.ts";
import type { PictureCodec } from "./codecs.ts";
import { type Opened, openFeed } from "./feed.ts";
import type { Segment, Shown } from "./plan.ts";
import type { Screen } from "./screen.ts";

const FORMATS: Record<PictureCodec["holds"], string[]> = {
  mp4: ["-f", "mp4"],
  mov: ["-f", "mov"],
  ivf: ["-f", "ivf"],
  png: ["-f", "image2pipe"],
};

/** Encodes one segment into a file of its own. The frames that it has. */
export async function encodeSegment(
  segment: Segment,
  how: { screen: Screen; codec: PictureCodec; threads: number },
  to: string,
  options: FfmpegOptions = {},
): Promise<number> {
  const { screen, codec, threads } = how;
  const { shown, frames } = segment;
  const out = [
    ...["-an", "-dn", "-map_metadata", "-1", "-frames:v", String(frames), "-r", rateText(screen.rate)],
    ...codec.words(screen, threads),
    ...(screen.rate.den === 1 || codec.holds === "ivf" || codec.holds === "png"
      ? []
      : ["-video_track_timescale", String(screen.rate.num)]),
    ...FORMATS[codec.holds],
    `file:${to}`,
  ];
  const last = [
    ...(segment.over ? [segment.over, `format=${codec.pixelFormat}`] : []),
    ...(codec.upload ? [codec.upload] : []),
  ];
  const before = [...(codec.before ?? []), "-filter_threads", String(threads)];
  if (shown.kind === "run") {
    const { args, filters } = openFeed(shown.feed, frames, screen, codec.pixelFormat, threads);
    const words = ["-map", "0:v:0", "-vf", [...filters, ...last].join(","), ...out];
    return await ffmpeg([...before, ...args, ...words], options);
  }
  const pixels = shown.kind === "wipe" ? wipePixels(codec.pixelFormat) : codec.pixelFormat;
  const [from, to_] = [shown.from, shown.to].map((feed) => openFeed(feed, frames, screen, pixels, threads));
  const mixed = shown.kind === "dissolve"
    ? dissolve(shown, frames, screen)
    : wipe(shown, frames, screen, pixels);
  const graph = [
    `[0:v:0]${filtersOf(from!)}[a]`,
    `[1:v:0]${filtersOf(to_!)}[b]`,
    `${mixed.graph},${[`format=${codec.pixelFormat}`, ...last].join(",")}[v]`,
  ].join(";");
  return await ffmpeg(
    [
      ...before,
      ...from!.args,
      ...to_!.args,
      ...mixed.args,
      ...["-filter_complex_threads", String(threads), "-filter_complex", graph, "-map", "[v]", ...out],
    ],
    { ...options, ...(mixed.feed ? { feed: mixed.feed } : {}) },
  );

  function filtersOf({ filters }: Opened): string {
    // xfade takes streams of a constant rate only.
    return [...filters, `fps=${rateText(screen.rate)}`].join(",");
  }
}

interface Mixed {
  args: string[];
  /** From [a] and [b]. */
  graph: string;
  feed?: FfmpegOptions["feed"];
}

/**
 * Frame i of N shows the incoming picture over the outgoing one at (i + 1) / (N + 1), {@link mixAt}: xfade's share is the time
 * since its offset by its duration, so it begins a frame before the first and lasts a frame longer than there are.
 */
function dissolve(
  { at, of }: Extract<Shown, { kind: "dissolve" }>,
  frames: number,
  { rate }: Screen,
): Mixed {
  const seconds = (count: number) => ((count * rate.den) / rate.num).toFixed(6);
  // It stops when the first stream ends, however long the change lasts.
  const more = `tpad=stop_mode=clone:stop=${of + 2}`;
  return {
    args: [],
    graph: `[a]${more}[a2];[b]${more}[b2];[a2][b2]xfade=transition=fade:duration=${seconds(of + 1)}:offset=${
      seconds(-(at + 1))
    },trim=end_frame=${frames}`,
  };
}

/** Planes of the same size, so that one map decides for all of them. */
function wipePixels(format: string): string {
  return format.includes("10") ? "yuv444p10le" : /^(yuv|nv)/.test(format) ? "yuv444p" : "gbrp";
}

/** Maps of where the incoming picture is seen, one a frame, are drawn here and read by ffmpeg as they come. */
function wipe(
  { pattern, at, of }: Extract<Shown, { kind: "wipe" }>,
  frames: number,
  { width, height, rate }: Screen,
  pixels: string,
): Mixed {
  const size = `${width}x${height}`;
  const deep = pixels.includes("10");
  return {
    args: [
      ...["-f", "rawvideo", "-pixel_format", deep ? "gray10le" : "gray", "-video_size", size],
      ...["-framerate", rateText(rate), "-i", "pipe:0"],
    ],
    graph: `[2:v]mergeplanes=0x000000:${pixels},settb=${rate.den}/${rate.num},setpts=N[m];` +
      `[a][b][m]maskedmerge`,
    async feed(stdin) {
      const order = wipeOf(pattern)!.order;
      const turns = Float32Array.from(
        { length: width * height },
        (_, i) => order((i % width + 0.5) / width, (Math.floor(i / width) + 0.5) / height),
      );
      for (let frame = at; frame < at + frames; frame++) {
        const share = mixAt(frame, of);
        const map = deep ? new Uint16Array(turns.length) : new Uint8Array(turns.length);
        const full = deep ? 1023 : 255;
        for (let i = 0; i < turns.length; i++) if (turns[i]! < share) map[i] = full;
        await stdin.write(new Uint8Array(map.buffer));
      }
    },
  };
}
