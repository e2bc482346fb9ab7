import { nominalRate } from "../../shared/time/rate.ts";
import { ffmpeg, MediaError } from "../media/mod.ts";
import type { PictureCodec } from "./codecs.ts";
import type { Screen } from "./screen.ts";

export type HardwareFormat = "mp4-h264" | "mp4-h265";

/** Where Linux has its first card. */
const RENDER_NODE = "/dev/dri/renderD128";

/** The cards' encoders by how well they do, without reordered frames: their pieces follow one another like our own. */
export function candidates(format: HardwareFormat): PictureCodec[] {
  const codec = format === "mp4-h264" ? "h264" : "hevc";
  const tag = codec === "hevc" ? ["-tag:v", "hvc1"] : ["-profile:v", "high"];
  const make = (
    kind: string,
    words: string[],
    more: Partial<PictureCodec> = {},
  ): PictureCodec => ({
    ...{ name: `${codec}_${kind}`, holds: "mp4", pixelFormat: "yuv420p" },
    words: ({ rate }) => [
      ...["-c:v", `${codec}_${kind}`, ...tag, ...words, "-bf", "0", "-g", String(nominalRate(rate))],
      ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
    ],
    ...more,
  });
  return [
    make("nvenc", ["-preset", "p5", "-rc", "vbr", "-cq", "20", "-b:v", "0", "-forced-idr", "1"]),
    make("videotoolbox", ["-q:v", "65", "-allow_sw", "0"]),
    make("qsv", ["-global_quality", "20", "-preset", "medium"], { pixelFormat: "nv12" }),
    make("vaapi", ["-qp", "20"], {
      ...{ pixelFormat: "nv12", before: ["-vaapi_device", RENDER_NODE], upload: "hwupload" },
    }),
  ];
}

/** Encodes some frames with it; why it can't, or null when it can. */
export async function tryEncoder(codec: PictureCodec, signal: AbortSignal): Promise<string | null> {
  const screen: Screen = { rate: { num: 24, den: 1 }, width: 640, height: 360, aspect: [1, 1] };
  const filters = [`format=${codec.pixelFormat}`, ...(codec.upload ? [codec.upload] : [])].join(",");
  const limit = AbortSignal.timeout(15_000);
  try {
    await ffmpeg([
      ...(codec.before ?? []),
      ...["-f", "lavfi", "-i", "testsrc2=s=640x360:r=24", "-frames:v", "12", "-vf", filters],
      ...[...codec.words(screen, 1), "-f", "null", "-"],
    ], { signal: AbortSignal.any([signal, limit]) });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MediaError) return error.detail || error.message;
    if (limit.aborted) return "It did not answer in 15 seconds.";
    throw error;
  }
}

const found = new Map<HardwareFormat, Promise<PictureCodec | null>>();

/** The first of this machine's own encoders that works; null: its processor does. Asked once in the life of the agent. */
export function hardwareCodec(format: HardwareFormat): Promise<PictureCodec | null> {
  const known = found.get(format);
  if (known) return known;
  const asked = firstThatWorks(format);
  found.set(format, asked);
  return asked;
}

async function firstThatWorks(format: HardwareFormat): Promise<PictureCodec | null> {
  const never = new AbortController().signal;
  for (const codec of candidates(format)) if (await tryEncoder(codec, never) === null) return codec;
  return null;
}
