import { join } from "@std/path";
import type { GenerateSpec } from "../../../shared/jobs/job.ts";
import { nominalRate, RATES, secondsOf } from "../../../shared/time/rate.ts";
import { formatTimecode } from "../../../shared/time/timecode.ts";
import { type ExecutionContext, JobFailure } from "../../lease/executor.ts";
import {
  DEMUXERS,
  ffmpeg,
  findFonts,
  type Format,
  input,
  rateText,
  sniffFile,
  timescale,
  videoEncoding,
} from "../../media/mod.ts";
import { paintBackdrop } from "./backdrop.ts";
import { layOut } from "./card.ts";
import { isCard, markAsCard } from "./mark.ts";
import { sceneGraph } from "./scene.ts";
import { seeded } from "./seeded.ts";

export interface Rendered {
  file: string;
  extension: "png" | "mp4";
  /** What made this very picture; goes into the sidecar. */
  made_with: Record<string, unknown>;
}

/** What a start image may be. */
const STILLS: readonly Format[] = ["png", "jpeg", "webp"];

/** Seconds of a clip whose job does not say how long. */
const USUAL_SECONDS = 4;

/** Draws the card of a take into the lease's folder. */
export async function renderCard(spec: GenerateSpec, context: ExecutionContext): Promise<Rendered> {
  const still = spec.output === "image";
  const rate = RATES[spec.fps];
  const width = even(whole(spec.params.width) ?? spec.width);
  const height = even(whole(spec.params.height) ?? spec.height);
  const frames = still ? 1 : Math.max(1, whole(spec.params.frames) ?? USUAL_SECONDS * nominalRate(rate));
  const seed = whole(spec.params.seed) ?? 0;
  const prompt = String(spec.params.prompt ?? "");
  const timecode = still
    ? null
    : formatTimecode(spec.timecode_start, rate, { drop: spec.drop_frame ?? false });

  const folder = join(context.folder, "card");
  await Deno.mkdir(folder, { recursive: true });
  const random = seeded(`${seed}\n${prompt}`);
  const painted = paintBackdrop(random, ...backdropSize(width, height));
  const fonts = await findFonts(`${prompt}${spec.title}`);
  const card = layOut({
    shot: spec.take.shot,
    take: spec.take.name.replace(`${spec.take.shot}_`, "").replaceAll("_", " "),
    title: spec.title,
    prompt,
    facts: [
      ...(still ? [] : [`${frames} frames  ${secondsOf(frames, rate).toFixed(2)} s`]),
      still ? `${width}x${height}` : `${spec.fps} fps  ${width}x${height}`,
      `seed ${seed}`,
    ],
  }, { width, height, accent: painted.accent, fonts, folder });
  for (const { path, text } of card.texts) await Deno.writeTextFile(path, text);

  const picture = await startImage(context);
  const backdrop = join(folder, "backdrop.ppm");
  if (!picture) await Deno.writeFile(backdrop, painted.ppm);
  const graph = sceneGraph(card, {
    width,
    height,
    frames,
    rate: rateText(rate),
    timecode,
    mono: fonts.mono,
    accent: painted.accent,
    drift: driftOf(random),
    picture: picture?.kind ?? null,
  });
  const file = join(context.folder, still ? "take.png" : "take.mp4");
  await ffmpeg([
    ...input(picture?.path ?? backdrop, ["-f", picture?.demuxer ?? "ppm_pipe", "-max_pixels", MOST_PIXELS]),
    ...["-filter_complex", graph, "-map", "[out]", "-frames:v", String(frames)],
    ...(timecode === null ? ["-f", "image2", "-update", "1"] : clipOutput(spec, timecode)),
    `file:${file}`,
  ], {
    signal: context.signal,
    onFrame: (frame) =>
      context.progress({
        stage: still ? "Drawing the card" : `Drawing frame ${Math.min(frame, frames)} of ${frames}`,
        progress: DRAWN * Math.min(1, frame / frames),
      }),
  });
  if (still) await markAsCard(file);
  return {
    file,
    extension: still ? "png" : "mp4",
    made_with: { prompt, seed, width, height, ...(still ? {} : { frames, fps: spec.fps, timecode }) },
  };
}

/** Share of the work that is done when the last frame is drawn; poster and proxy follow. */
export const DRAWN = 0.85;

/** A picture of more pixels than this is refused by the decoder: it would fill the memory. */
const MOST_PIXELS = "200000000";

interface StartImage {
  path: string;
  demuxer: string;
  kind: "photograph" | "card";
}

async function startImage(context: ExecutionContext): Promise<StartImage | null> {
  const path = context.inputs.get("image") ?? context.inputs.get("source");
  if (path === undefined) return null;
  const format = await sniffFile(path);
  if (format === null || !STILLS.includes(format)) {
    throw new JobFailure(
      "invalid",
      "The start image is not a PNG, JPEG or WebP picture. Connect another image and generate again.",
    );
  }
  return { path, demuxer: DEMUXERS[format], kind: await isCard(path) ? "card" : "photograph" };
}

function clipOutput(spec: GenerateSpec, timecode: string): string[] {
  const rate = RATES[spec.fps];
  return [
    ...videoEncoding(rate),
    ...["-r", rateText(rate), "-video_track_timescale", timescale(rate), "-timecode", timecode],
    ...["-metadata", `comment=reel ${spec.reel}`, "-metadata", `title=${spec.take.name}`],
    ...["-movflags", "+faststart", "-f", "mp4"],
  ];
}

/** The landscape is soft: a third of a large frame is enough, and quick to paint. */
function backdropSize(width: number, height: number): [number, number] {
  const share = Math.min(1, 640 / Math.max(width, height));
  return [Math.max(16, Math.round(width * share)), Math.max(16, Math.round(height * share))];
}

function driftOf(random: () => number): { x: number; y: number } {
  const across = random() < 0.7;
  const sign = random() < 0.5 ? -1 : 1;
  return across ? { x: sign, y: 0 } : { x: 0, y: sign };
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

function even(pixels: number): number {
  return Math.max(32, 2 * Math.floor(pixels / 2));
}
