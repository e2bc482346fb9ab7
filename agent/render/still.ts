import { formatTimecode } from "../../shared/time/timecode.ts";
import { type ExecutionContext, JobFailure, type Result } from "../lease/executor.ts";
import { factsOf, ffmpeg, filter, findFonts, input, inspect } from "../media/mod.ts";
import type { Film } from "./assemble.ts";
import type { PictureCodec } from "./codecs.ts";
import { keyOf } from "./key.ts";
import { eventOf, namesOf, type Segment, shownFrom } from "./plan.ts";
import { inParallel } from "./pool.ts";
import { type Screen, smaller } from "./screen.ts";
import { encodeSegment } from "./segment.ts";

const JPEG: PictureCodec = {
  ...{ name: "jpeg", holds: "png", pixelFormat: "yuvj420p" },
  words: () => ["-c:v", "mjpeg", "-q:v", "4"],
};
const PNG: PictureCodec = { name: "png", holds: "png", pixelFormat: "rgb24", words: () => ["-c:v", "png"] };

/** Longest side of a poster for lists, pixels. */
const POSTER_SIZE = 512;

/** The frame at a third of the film, where a fade-in is over, as a small JPEG. */
export async function makePoster(film: Film, to: string, signal: AbortSignal): Promise<string> {
  const { screen } = film;
  const width = screen.height > screen.width ? (POSTER_SIZE * screen.width) / screen.height : POSTER_SIZE;
  const small = smaller(screen, width);
  const segment = segmentAt(film, Math.floor(film.listed / 3), small);
  const key = await keyOf(segment, small, JPEG);
  if (await film.cache.fetch(key, to)) return to;
  await encodeSegment(segment, { screen: small, codec: JPEG, threads: 1 }, to, { signal });
  await film.cache.keep(key, to);
  return to;
}

/** One frame of the film, as it would be rendered. */
async function picture(
  film: Film,
  frame: number,
  screen: Screen,
  codec: PictureCodec,
  to: string,
  signal: AbortSignal,
): Promise<string> {
  await encodeSegment(segmentAt(film, frame, screen), { screen, codec, threads: 1 }, to, { signal });
  return to;
}

function segmentAt({ cut, over }: Film, frame: number, screen: Screen): Segment {
  let at = 0;
  for (const piece of cut.pieces) {
    if (frame < at + piece.frames) {
      return {
        ...{ at: frame, frames: 1, shown: shownFrom(piece, frame - at), copy: null },
        ...{ over: over?.(screen)(piece, frame) ?? "", event: eventOf(piece), names: namesOf(piece) },
      };
    }
    at += piece.frames;
  }
  throw new Error(`The film has no frame ${frame}.`);
}

/** A poster at the film's own size, or a sheet with a picture of each shot. */
export async function makeStill(film: Film, context: ExecutionContext): Promise<Result> {
  const { signal, folder } = context;
  const file = `${folder}/film.png`;
  if (film.options.format === "poster") {
    context.progress({ stage: "Making the poster", progress: 0.2 });
    const square = smaller(film.screen, Infinity);
    await picture(film, Math.floor(film.listed / 3), square, PNG, file, signal);
  } else await makeSheet(film, file, context);
  const poster = await makePoster(film, `${folder}/poster.jpg`, signal);
  const { rate: _, ...media } = factsOf(await inspect(file, { signal }));
  context.progress({ stage: "Done", progress: 1 });
  const made_with = { edl: film.spec.edl_name, frames: film.listed };
  return { file, extension: "png", media, poster, made_with };
}

/** Widest picture on a sheet; smaller where there are many, so that the sheet can still be opened. */
const CELL = 480;
/** Pixels of the whole sheet at most. */
const SHEET = 60e6;

/** A picture from the middle of each shot, in the order of the film, with its name and the timecode that it is from. */
async function makeSheet(film: Film, to: string, { signal, progress }: ExecutionContext): Promise<void> {
  const { cut, screen, work, timeline } = film;
  const shots = shotsOf(film);
  if (!shots.length) {
    throw new JobFailure("invalid", "The film has no shot to put on a sheet: all of it is black.");
  }
  const columns = Math.max(1, Math.min(12, Math.ceil(Math.sqrt(shots.length))));
  const rows = Math.ceil(shots.length / columns);
  const tall = (screen.height * screen.aspect[1]) / (screen.width * screen.aspect[0]);
  const width = Math.min(CELL, Math.floor(Math.sqrt(SHEET / (columns * rows * (tall + 0.1)))));
  const cell = smaller(screen, width);
  const strip = Math.max(16, Math.round(cell.width / 13));
  const fonts = await findFonts(shots.map(({ name }) => name).join(""));
  let done = 0;
  await inParallel(shots, film.cores, async ({ frame, name }, signal, index) => {
    const segment = segmentAt(film, frame, cell);
    const size = Math.round(strip * 0.55);
    const look = {
      fontsize: size,
      fontcolor: "white",
      y: cell.height + Math.round((strip - size) / 2),
      expansion: "none",
    };
    const clock = formatTimecode(cut.start + frame, screen.rate, { drop: timeline.drop });
    segment.over = [
      `pad=iw:ih+${strip}:0:0:color=0x202020`,
      filter("drawtext", { ...fonts.regular, text: fitted(name, cell.width, size), x: 6, ...look }),
      filter("drawtext", { ...fonts.mono, text: clock, x: `w-tw-6`, ...look }),
    ].join(",");
    const at = `${work}/${String(index).padStart(5, "0")}.png`;
    await encodeSegment(segment, { screen: cell, codec: PNG, threads: 1 }, at, { signal });
    progress({
      stage: `Picture ${++done} of ${shots.length} for the sheet`,
      progress: 0.9 * done / shots.length,
    });
  }, signal);
  await ffmpeg([
    // A number is written in for the sign of percent; one in the folder's own name is doubled.
    ...["-f", "image2", "-framerate", "1", ...input(`${work.replaceAll("%", "%%")}/%05d.png`)],
    ...["-vf", `tile=${columns}x${rows}:padding=6:margin=6:color=0x101010`, "-frames:v", "1"],
    ...["-c:v", "png", "-f", "image2", "-update", "1", `file:${to}`],
  ], { signal });
}

/** Each shot once, by the frame in its middle. */
function shotsOf({ cut }: Film): { frame: number; name: string }[] {
  let at = 0;
  const shots: { frame: number; name: string }[] = [];
  for (const piece of cut.pieces) {
    if (piece.kind === "run" && piece.source.take) {
      shots.push({ frame: at + Math.floor(piece.frames / 2), name: piece.source.take.name });
    }
    at += piece.frames;
  }
  return shots;
}

/** As much of a name as fits beside the timecode. */
function fitted(name: string, width: number, size: number): string {
  const most = Math.max(4, Math.floor((width - size * 8.5) / (size * 0.58)));
  return [...name].length > most ? `${[...name].slice(0, most - 1).join("")}…` : name;
}
