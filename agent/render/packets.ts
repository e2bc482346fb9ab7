import { join } from "@std/path";
import {
  AAC_SAMPLES,
  AUDIO_ENCODING,
  AUDIO_RATE,
  ffmpeg,
  input,
  readMp4,
  type SoundTrack,
  type Track,
} from "../media/mod.ts";
import type { SegmentCache } from "./cache.ts";
import { inParallel } from "./pool.ts";
import type { Span } from "./samples.ts";
import { EXTRA, joined, readStretch, type Stretch, writeStretch } from "./stretch.ts";

/** Packets of a stretch that is kept as one: about 4 seconds, a little more than the lead that each change costs beside it. */
const STRETCH = 186;
/** Stretches that are laid and encoded by one ffmpeg: from where it pays, to two minutes, 23 MB of raw sound. */
const [LEAST, MOST] = [8, 30];
/** From where it pays when processors have nothing else to do: another run costs time of theirs, and the film is there earlier. */
const LEAST_ALONE = 4;
/**
 * Packets before and after that are encoded with them. An encoder takes about 2.5 s until it spends its bits as well as later on:
 * measured on chords with a beat, noise in the first second is 15 times that of the fourth.
 */
const [LEAD, TAIL] = [144, 6];
/** Where the film's sound comes from. */
export interface Sounding {
  samples: number;
  /** Names what is heard in a span; null: it is not known by what it is made of. */
  keyOf: (span: Span) => Promise<string | null>;
  /** A file of raw sound, and the sample of it at which the span begins. The file may be removed when it is `own`. */
  raw: (span: Span, signal: AbortSignal) => Promise<{ path: string; at: number; own: boolean }>;
}

export interface PacketOptions {
  folder: string;
  cache: SegmentCache;
  /** Encoders at once. */
  cores: number;
  /** Nothing else is encoded meanwhile. */
  alone?: boolean;
  signal: AbortSignal;
  /** Samples that are done. */
  onDone?: (samples: number) => void;
}

/**
 * The film's sound as AAC. It is encoded in stretches, side by side, and each is kept by what is heard in it; a change to one shot encodes
 * that stretch alone. A packet overlaps with the one before it, so each stretch is encoded with some sound before and after it,
 * and two are joined where both encoders have windowed the same samples in the same way: what overlaps adds up as in one run.
 */
export async function encodeSound(sounding: Sounding, options: PacketOptions): Promise<SoundTrack> {
  await Deno.mkdir(options.folder, { recursive: true });
  const total = Math.ceil(sounding.samples / AAC_SAMPLES) + 1;
  const stretches = divided(total);
  const kept = await inParallel(stretches, 8, (range, _, i) => fetched(range, i), options.signal);
  const runs = runsOf(kept.map((each) => each === null), options);
  let done = kept.reduce((sum, each, i) => sum + (each ? lengthOf(stretches[i]!) : 0), 0);
  options.onDone?.(done);
  const encoded = await inParallel(runs, options.cores, async ([from, to], signal) => {
    const made = await encodeRun(stretches.slice(from, to), from, signal);
    done += stretches.slice(from, to).reduce((sum, range) => sum + lengthOf(range), 0);
    options.onDone?.(done);
    return made;
  }, options.signal);
  for (const [i, [from]] of runs.entries()) {
    for (const [j, each] of encoded[i]!.entries()) kept[from + j] = each;
  }
  const parts = joined(kept as Stretch[], stretches) ?? joined(await inOne(), [{ from: 0, to: total }])!;
  return {
    ...{ kind: "soun", entry: kept[0]!.entry, timescale: AUDIO_RATE, delta: AAC_SAMPLES, parts },
    ...{ skipped: AAC_SAMPLES, heard: sounding.samples },
  };

  async function fetched(range: Span, index: number): Promise<Stretch | null> {
    const key = await sounding.keyOf(heardIn(range, sounding.samples));
    const path = join(options.folder, `kept-${index}`);
    return key !== null && await options.cache.fetch(key, path)
      ? await readStretch(path, range, total)
      : null;
  }

  async function encodeRun(ranges: Span[], index: number, signal: AbortSignal): Promise<Stretch[]> {
    const span = spanOf({ from: ranges[0]!.from, to: ranges.at(-1)!.to }, sounding.samples);
    const raw = await sounding.raw(span, signal);
    const whole = join(options.folder, `${index}.m4a`);
    const track = await encode(raw, span, whole, signal);
    if (raw.own) await Deno.remove(raw.path);
    const made: Stretch[] = [];
    for (const [i, range] of ranges.entries()) {
      const path = join(options.folder, `made-${index + i}`);
      made.push(await writeStretch(track, whole, { range, total, skip: span.from / AAC_SAMPLES }, path));
      const key = await sounding.keyOf(heardIn(range, sounding.samples));
      if (key !== null) await options.cache.keep(key, path);
    }
    await Deno.remove(whole);
    return made;
  }

  /** What two encoders have windowed in different ways all over a join has to come from one. */
  async function inOne(): Promise<Stretch[]> {
    const span = { from: 0, to: sounding.samples };
    const raw = await sounding.raw(span, options.signal);
    const whole = join(options.folder, "one.m4a");
    const track = await encode(raw, span, whole, options.signal);
    const range = { from: 0, to: total };
    return [await writeStretch(track, whole, { range, total, skip: 0 }, join(options.folder, "one"))];
  }
}

function divided(total: number): Span[] {
  const count = Math.max(1, Math.round(total / STRETCH));
  return Array.from(
    { length: count },
    (_, i) => ({ from: i * STRETCH, to: i + 1 === count ? total : (i + 1) * STRETCH }),
  );
}

const lengthOf = ({ from, to }: Span) => (to - from) * AAC_SAMPLES;

/** Stretches that follow one another and have to be made, shared out; each from its first to before its last. */
function runsOf(
  missing: readonly boolean[],
  { cores, alone }: Pick<PacketOptions, "cores" | "alone">,
): [number, number][] {
  const count = missing.filter((each) => each).length;
  const most = Math.min(MOST, Math.max(alone ? LEAST_ALONE : LEAST, Math.ceil(count / cores)));
  const runs: [number, number][] = [];
  for (const [i, each] of missing.entries()) {
    const last = runs.at(-1);
    if (!each) continue;
    if (last && last[1] === i && i - last[0] < most) last[1]++;
    else runs.push([i, i + 1]);
  }
  return runs;
}

/** Samples that an encoder hears for these packets: number n begins a packet before its own samples. */
function spanOf({ from, to }: Span, samples: number): Span {
  return {
    from: Math.max(0, from - LEAD) * AAC_SAMPLES,
    to: Math.min(samples, (to + TAIL) * AAC_SAMPLES),
  };
}

/** Samples by which a stretch is known: those that are in its packets. What was before them only tells how bits were spent. */
function heardIn({ from, to }: Span, samples: number): Span {
  return {
    from: Math.max(0, from - EXTRA - 2) * AAC_SAMPLES,
    to: Math.min(samples, (to + EXTRA + 1) * AAC_SAMPLES),
  };
}

async function encode(
  { path, at }: { path: string; at: number },
  { from, to }: Span,
  whole: string,
  signal: AbortSignal,
): Promise<Track> {
  const seconds = (samples: number) => (samples / AUDIO_RATE).toFixed(6);
  await ffmpeg([
    ...input(path, [
      ...["-f", "s16le", "-ar", String(AUDIO_RATE), "-ac", "2"],
      // Three packets are 64 ms: the places of stretches are whole microseconds, in which ffmpeg counts.
      ...(at ? ["-ss", seconds(at)] : []),
    ]),
    ...["-af", `atrim=end_sample=${to - from}`, ...AUDIO_ENCODING, "-f", "mp4", `file:${whole}`],
  ], { signal });
  const track = (await readMp4(whole))?.tracks.find(({ kind }) => kind === "soun");
  if (!track || track.delta !== AAC_SAMPLES || track.skipped !== AAC_SAMPLES) {
    throw new Error("The film's sound cannot be read again.");
  }
  return track;
}
