import { FILM_FORMATS } from "../../shared/jobs/film.ts";
import { type ExecutionContext, JobFailure, type Result } from "../lease/executor.ts";
import { factsOf, hasSoundTrack, inspect, MediaError, readMp4 } from "../media/mod.ts";
import { withAnchors } from "./anchor.ts";
import type { Film } from "./assemble.ts";
import { codecOf, H264, type PictureCodec, PREVIEW } from "./codecs.ts";
import { bytesNeeded, holdRoom } from "./disk.ts";
import { type FilmSound, makeSound, pcmTrack } from "./film_sound.ts";
import { joinMovie } from "./movie.ts";
import { type Rendered, renderPicture } from "./picture.ts";
import { planSegments, type Segment, setupFor } from "./plan.ts";
import { both } from "./pool.ts";
import { Meter } from "./progress.ts";
import { type Screen, smaller } from "./screen.ts";
import { heardOf } from "./sound.ts";
import { joinStills } from "./stills.ts";
import { makePoster } from "./still.ts";
import { joinWebm } from "./webm.ts";

/** Longest line of a preview, and of a film that is light enough to be its own. */
const PREVIEW_WIDTH = 960;
const LIGHT_WIDTH = 1920;
/** Bits a second that any browser gets in time. */
const LIGHT_BITS = 16e6;
/** Encoders at once on one card. */
const ON_CARD = 2;

/** Renders a film that runs: its picture in segments, its sound in one stream, both at the same time. */
export async function makeFilm(film: Film, context: ExecutionContext): Promise<Result> {
  const { spec, options, screen, cut, work } = film;
  const { signal, folder } = context;
  const { format } = options;
  const planned = await planFilm(film);
  const { segments } = planned;
  const heard = heardOf(cut.sounds);
  const mayPreview = format !== "mp4-h264" || screen.width > LIGHT_WIDTH;
  const needs = `needs ${await holdRoom(
    bytesNeeded(segments, heard, { screen, format, preview: mayPreview }),
    folder,
  )}`;
  context.progress({ stage: sentence(needs), progress: 0 });

  const encoded = segments.reduce((sum, { copy, frames }) => sum + (copy ? 0 : frames), 0);
  const small = smaller(screen, PREVIEW_WIDTH);
  const share = 0.15 + (small.width * small.height) / (screen.width * screen.height);
  const preview = mayPreview ? cut.frames * share : 0;
  const meter = new Meter({ encoded, frames: cut.frames, preview }, (now) => context.progress(now));
  meter.stage(sentence(needs));

  const [{ picture, poster }, sound] = await both(
    signal,
    async (signal) => ({
      picture: await renderWith(planned, film, { meter, encoded, signal, needs }),
      poster: await makePoster(film, `${folder}/poster.jpg`, signal),
    }),
    (signal) =>
      makeSound(film, heard, FILM_FORMATS[format].extension === "mp4" ? "aac" : "raw", {
        ...{ signal, alone: encoded === 0 },
        onDone: (frames) => meter.sound(frames),
      }),
  );
  const { extension, label } = FILM_FORMATS[format];
  const to = `${folder}/film.${extension}`;
  meter.stage(`Joining picture and sound into ${label}`);
  await join(film, picture.rendered, sound, to, {
    signal,
    onShare: (share) => meter.joined(cut.frames * share),
  });
  meter.joined(cut.frames);
  const facts = await factsOfFilm(film, to, signal);
  const light = !mayPreview &&
    ((await Deno.stat(to)).size * 8 * screen.rate.num) / (cut.frames * screen.rate.den) <= LIGHT_BITS;
  if (!light) meter.stage("Making the preview");
  const proxy = light ? {} : {
    proxy: await makePreview(
      film,
      sound,
      `${folder}/proxy.mp4`,
      (frames) => meter.preview(frames * share),
      signal,
    ),
  };
  meter.finished();
  const sum = (some: (rendered: Rendered) => boolean) =>
    picture.rendered.filter(some).reduce((frames, { segment }) => frames + segment.frames, 0);
  return {
    ...{ file: to, extension, media: facts, poster, ...proxy },
    made_with: {
      ...{ edl: spec.edl_name, frames: cut.frames, pieces: segments.length, encoder: picture.codec.name },
      ...{ frames_copied: cut.frames - encoded, frames_encoded: encoded },
      frames_kept: sum(({ kept }) => kept),
      ...(picture.gave_up ? { encoder_gave_up: picture.gave_up } : {}),
      ...(options.loudness === undefined ? {} : { loudness: options.loudness, measured: sound.measured }),
    },
  };

  async function makePreview(
    film: Film,
    sound: FilmSound,
    to: string,
    onFrames: (frames: number) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const over = film.over?.(small);
    const segments = planSegments(cut, small, { setup: null, ...(over ? { over } : {}) });
    const done = counter();
    const rendered = await renderPicture(segments, {
      ...{ screen: small, codec: PREVIEW, folder: `${work}/preview`, cache: film.cache, signal },
      ...machine(film.cores, segments, small),
      onFrame: (segment, frames) => onFrames(done(segment, frames)),
    });
    await joinMovie({
      ...{ rendered, screen: small, quicktime: false, to, signal, onDone: () => {} },
      sound: await sound.aac(signal),
      timecode: { start: cut.start, drop: film.timeline.drop },
      title: film.timeline.title || spec.name,
    });
    return to;
  }
}

interface Planned {
  segments: Segment[];
  codec: PictureCodec;
  /** What is done when a card's encoder gives up in the middle. */
  software: (() => Segment[]) | null;
}

async function planFilm(film: Film): Promise<Planned> {
  const { options: { format }, screen, cut, own } = film;
  const over = film.over?.(screen);
  const words = over ? { over } : {};
  const codec = codecOf(format)!;
  const setup = codec === H264 ? setupFor(cut, screen, own) : null;
  const segments = await withAnchors(planSegments(cut, screen, { setup, ...words }));
  // Takes that are copied, and frames in the place of theirs, need pieces with the headers of our own encoder between them.
  const free = format === "mp4-h265" ||
    (format === "mp4-h264" && segments.every(({ copy, anchor }) => !copy && !anchor));
  const card = free && (format === "mp4-h264" || format === "mp4-h265") ? await film.hardware(format) : null;
  return { segments, codec: card ?? codec, software: card ? () => segments : null };
}

interface Picture {
  rendered: Rendered[];
  codec: PictureCodec;
  /** A card's encoder that failed in the middle, and what it said. */
  gave_up?: { encoder: string; why: string };
}

/** What an encoder said that tells most: its own first line, not ffmpeg's last. */
function whyOf(error: Error): string {
  const said = error instanceof MediaError ? error.detail.trim().split("\n")[0] : undefined;
  return (said || error.message).replace(/^\[[^\]]*\]\s*/, "").slice(0, 150);
}

interface Rendering {
  meter: Meter;
  encoded: number;
  signal: AbortSignal;
  needs: string;
}

async function renderWith(
  { segments, codec, software }: Planned,
  film: Film,
  { meter, encoded, signal, needs }: Rendering,
): Promise<Picture> {
  const { screen, work, cache, options: { format } } = film;
  const run = async (codec: PictureCodec, limit: number) => {
    const done = counter();
    const { workers, threads } = machine(film.cores, segments, screen);
    const rendered = await renderPicture(segments, {
      ...{ screen, codec, folder: `${work}/${codec.name}`, cache, signal },
      ...{ workers: Math.min(workers, limit), threads },
      onFrame: (segment, frames) => {
        if (segment.copy) return;
        const now = done(segment, frames);
        const of = `${now.toLocaleString("en")} of ${encoded.toLocaleString("en")} frames`;
        meter.encoded(now, `Encoding ${of} · ${segment.names.join(" into ")} · ${needs}`);
      },
    });
    return { rendered, codec };
  };
  if (!software) return await run(codec, Infinity);
  try {
    return await run(codec, ON_CARD);
  } catch (error) {
    const cause = error instanceof JobFailure ? error.cause ?? error : error;
    if (signal.aborted || !(cause instanceof MediaError || cause instanceof JobFailure)) throw error;
    // A card that is full, or lacks what this film needs, is no reason to have no film; a take that is broken is so here, too.
    const gave_up = { encoder: codec.name, why: whyOf(cause) };
    meter.stage(`The card's encoder ${codec.name} gave up, the processor goes on: ${gave_up.why}`);
    return { ...await run(codecOf(format)!, Infinity), gave_up };
  }
}

function sentence(words: string): string {
  return words[0]!.toUpperCase() + words.slice(1);
}

/** Adds up the frames of segments that are rendered side by side. */
function counter(): (segment: Segment, frames: number) => number {
  const each = new Map<Segment, number>();
  let sum = 0;
  return (segment, frames) => {
    sum += frames - (each.get(segment) ?? 0);
    each.set(segment, frames);
    return sum;
  };
}

/** Bytes that one encoder holds for each pixel of the picture: frames to look ahead, and to refer to. */
const HELD = 120;
/** Encoders at once: more take memory and gain nothing. */
const MOST = 8;

/** How many encoders run at once, and threads of each: one each is the most for the processors' time. */
function machine(
  cores: number,
  segments: readonly Segment[],
  { width, height }: Screen,
): { workers: number; threads: number } {
  const wanted = segments.reduce((sum, { copy }) => sum + (copy ? 0 : 1), 0);
  const memory = Deno.systemMemoryInfo().total / 2;
  const fit = Math.floor(memory / (width * height * HELD));
  const workers = Math.max(1, Math.min(cores, MOST, wanted, fit));
  return { workers, threads: Math.max(1, Math.round(cores / workers)) };
}

async function join(
  film: Film,
  rendered: Rendered[],
  sound: FilmSound,
  to: string,
  { signal, onShare }: { signal: AbortSignal; onShare: (share: number) => void },
): Promise<void> {
  const { spec, timeline, screen, cut, work } = film;
  const title = timeline.title || spec.name;
  const onFrame = (frame: number) => onShare(frame / cut.frames);
  switch (codecOf(film.options.format)!.holds) {
    case "ivf":
      return await joinWebm({ rendered, screen, sound: await sound.raw(signal), title, to }, {
        signal,
        onFrame,
      });
    case "png":
      return await joinStills({
        ...{ rendered, sound: await sound.raw(signal), name: spec.name, frames: cut.frames, to },
      }, { signal, onFrame });
    case "mp4":
    case "mov": {
      const quicktime = to.endsWith(".mov");
      await joinMovie({
        ...{ rendered, screen, title, to, signal, quicktime },
        sound: await (quicktime ? pcmTrack(await sound.raw(signal), work, signal) : sound.aac(signal)),
        timecode: { start: cut.start, drop: timeline.drop },
        onDone: onShare,
      });
    }
  }
}

/** What the film is, counted in the file itself. */
async function factsOfFilm(film: Film, path: string, signal: AbortSignal): Promise<Result["media"]> {
  const { cut, screen } = film;
  const rate = `${screen.rate.num}/${screen.rate.den}`;
  if (path.endsWith(".zip")) {
    return {
      ...{ format: "zip", width: screen.width, height: screen.height, frames: cut.frames, audio: true },
      ...{ rate, codec: "png", pixel_format: "rgb24" },
    };
  }
  const made = await factsInTables(film, path, rate) ?? factsOf(await inspect(path, { signal }));
  if (made.frames !== cut.frames) {
    throw new JobFailure(
      "agent",
      `The film came out with ${made.frames} frames and its EDL adds up to ${cut.frames}; it was not kept.`,
    );
  }
  return made;
}

const CODECS: Readonly<Record<string, string>> = {
  ...{ avc1: "h264", hvc1: "hevc", hev1: "hevc", apch: "prores", AVdh: "dnxhd" },
};

/** Read as a player would begin: the tables, each of whose samples has to lie in the file. null: ffprobe has to say. */
async function factsInTables(film: Film, path: string, rate: string): Promise<Result["media"] | null> {
  const tables = await readMp4(path);
  const picture = tables?.tracks.find(({ kind }) => kind === "vide");
  const codec = picture && CODECS[new TextDecoder().decode(picture.entry.subarray(4, 8))];
  if (!codec || !picture.plain || picture.delta === null) return null;
  const { screen, options: { format } } = film;
  return {
    ...{ format: path.endsWith(".mov") ? "mov" : "mp4", width: screen.width, height: screen.height },
    ...{ frames: picture.sizes.length, rate, codec, pixel_format: codecOf(format)!.pixelFormat },
    audio: hasSoundTrack(tables!),
  };
}
