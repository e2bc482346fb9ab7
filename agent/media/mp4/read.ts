import { type Box, box, boxAt, boxesIn, viewOf } from "./boxes.ts";

/** A track as its tables describe it: nothing of the media is read. */
export interface Track {
  /** `vide`, `soun`, `tmcd`, … */
  kind: string;
  /** Ticks in a second. */
  timescale: number;
  /** How the samples are encoded: the sample entry, without the bit rates that differ from file to file. */
  entry: Uint8Array;
  /** Where each sample lies, in the order of decoding, and its bytes. */
  offsets: Float64Array;
  sizes: Uint32Array;
  /** Ticks that every sample but the last lasts; null when they differ. */
  delta: number | null;
  /** Place of each sample in the order of showing; null when that is the order of decoding. */
  shown: Uint32Array | null;
  /** Samples at which decoding can begin. */
  keys: ReadonlySet<number>;
  width: number;
  height: number;
  /** Shown as it is stored: not turned, and all of it. */
  plain: boolean;
  /** Ticks of the media that an edit list leaves out at the head: the priming of an audio encoder. */
  skipped: number;
  /** Ticks that are left after those; null when an edit list does more than leave out a head. */
  heard: number | null;
}

export interface Mp4 {
  path: string;
  tracks: Track[];
}

/** A table of 64 MiB describes days of film; what claims more is not read into memory. */
const LARGEST_MOOV = 1 << 26;

/**
 * The tracks of an MP4 or QuickTime file. null when it is none, is in fragments, or its tables do not fit together or
 * reach beyond the end of the file: ffprobe then says what is wrong with it.
 */
export async function readMp4(path: string): Promise<Mp4 | null> {
  using file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  const moov = await findMoov(file, size);
  if (!moov) return null;
  try {
    const whole = { body: 0, end: moov.length };
    if (boxAt(moov, whole, "mvex")) return null;
    const tracks: Track[] = [];
    for (const each of boxesIn(moov)) {
      if (each.type !== "trak") continue;
      const track = trackOf(moov, each, size);
      if (!track) return null;
      tracks.push(track);
    }
    return { path, tracks };
  } catch (error) {
    // A table that is cut off, or counts more than it holds.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The decoder's setup in a sample entry (`avcC`, `hvcC`), as text to compare; null where there is none. */
export function setupOf({ entry }: Track): string | null {
  // Behind the fixed part of a visual entry (12.1.3).
  const found = [...boxesIn(entry, 8 + 78)].find(({ type }) => type === "avcC" || type === "hvcC");
  return found ? entry.subarray(found.body, found.end).toHex() : null;
}

export function hasSoundTrack({ tracks }: Mp4): boolean {
  return tracks.some(({ kind }) => kind === "soun");
}

/** Bytes that are read where a box is looked for: small files are in them whole, and boxes that only begin there are passed over. */
const AHEAD = 1 << 14;

async function findMoov(file: Deno.FsFile, size: number): Promise<Uint8Array | null> {
  let held = { from: 0, bytes: new Uint8Array(0) };
  for (let at = 0; at + 8 <= size;) {
    if (at + 16 > held.from + held.bytes.length) {
      const bytes = await readFully(file, at, Math.min(AHEAD, size - at));
      if (!bytes) return null;
      held = { from: at, bytes };
    }
    const head = held.bytes.subarray(at - held.from);
    const view = viewOf(head);
    const short = view.getUint32(0);
    const wide = short === 1 && head.length >= 16;
    const length = wide ? Number(view.getBigUint64(8)) : short === 0 ? size - at : short;
    if (length < 8 || at + length > size) return null;
    const skip = wide ? 16 : 8;
    if (String.fromCharCode(...head.subarray(4, 8)) === "moov") {
      if (length > LARGEST_MOOV) return null;
      if (length <= head.length) return head.slice(skip, length);
      return await readFully(file, at + skip, length - skip);
    }
    at += length;
  }
  return null;
}

async function readFully(
  file: Deno.FsFile,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) return null;
    filled += read;
  }
  return bytes;
}

function trackOf(moov: Uint8Array, trak: Box, fileSize: number): Track | null {
  const view = viewOf(moov);
  const at = (...path: string[]) => boxAt(moov, trak, ...path);
  const [mdhd, hdlr, stbl] = [at("mdia", "mdhd"), at("mdia", "hdlr"), at("mdia", "minf", "stbl")];
  const tkhd = at("tkhd");
  if (!mdhd || !hdlr || !stbl || !tkhd) return null;
  const kind = String.fromCharCode(...moov.subarray(hdlr.body + 8, hdlr.body + 12));
  const timescale = view.getUint32(mdhd.body + (moov[mdhd.body] === 1 ? 20 : 12));
  const entry = sampleEntry(moov, stbl);
  const sizes = sampleSizes(moov, stbl);
  if (!entry || !sizes || timescale === 0) return null;
  const offsets = sampleOffsets(moov, stbl, sizes);
  if (!offsets) return null;
  for (const [i, offset] of offsets.entries()) if (offset + sizes[i]! > fileSize) return null;
  const durations = runs(moov, boxAt(moov, stbl, "stts"));
  if (!durations || durations.reduce((sum, run) => sum + run.count, 0) !== sizes.length) return null;
  const shown = orderOf(moov, stbl, durations, sizes.length);
  const edit = editOf(moov, trak);
  const end = tkhd.end;
  return {
    ...{ kind, timescale, entry, offsets, sizes, shown: shown?.order ?? null },
    delta: constantDelta(durations),
    keys: keysOf(moov, stbl, sizes.length),
    width: view.getUint32(end - 8) / 65536,
    height: view.getUint32(end - 4) / 65536,
    // The matrix before width and height (8.3.2): one without a turn has its diagonal in a and d.
    plain: view.getUint32(end - 44) === 0x10000 && view.getUint32(end - 28) === 0x10000 &&
      edit !== null && edit === (shown?.first ?? 0),
    skipped: edit ?? 0,
    heard: edit === null ? null : durations.reduce((sum, run) => sum + run.count * run.value, 0) - edit,
  };
}

/** The one sample entry without its `btrt`; null when there are several. */
function sampleEntry(moov: Uint8Array, stbl: Box): Uint8Array | null {
  const stsd = boxAt(moov, stbl, "stsd");
  if (!stsd || viewOf(moov).getUint32(stsd.body + 4) !== 1) return null;
  const [entry] = boxesIn(moov, stsd.body + 8, stsd.end);
  if (!entry) return null;
  // What follows the fixed part of a visual or audio entry (12.1.3, 12.2.3).
  const fixed = { avc1: 78, hvc1: 78, hev1: 78, mp4a: 28 }[entry.type];
  const whole = moov.slice(entry.start, entry.end);
  if (fixed === undefined) return whole;
  const kept = [whole.subarray(8, 8 + fixed)];
  for (const each of boxesIn(moov, entry.body + fixed, entry.end)) {
    if (each.type !== "btrt") kept.push(moov.slice(each.start, each.end));
  }
  return box(entry.type, ...kept);
}

function sampleSizes(moov: Uint8Array, stbl: Box): Uint32Array | null {
  const stsz = boxAt(moov, stbl, "stsz");
  if (!stsz) return null;
  const view = viewOf(moov);
  const [each, count] = [view.getUint32(stsz.body + 4), view.getUint32(stsz.body + 8)];
  if (count > (each ? 1 << 28 : (stsz.end - stsz.body) / 4)) {
    throw new RangeError("more sizes than the table");
  }
  if (each) return new Uint32Array(count).fill(each);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(stsz.body + 12 + i * 4));
}

function sampleOffsets(moov: Uint8Array, stbl: Box, sizes: Uint32Array): Float64Array | null {
  const view = viewOf(moov);
  const [stsc, stco, co64] = ["stsc", "stco", "co64"].map((type) => boxAt(moov, stbl, type));
  const table = co64 ?? stco;
  if (!stsc || !table) return null;
  const chunks = view.getUint32(table.body + 4);
  const groups = view.getUint32(stsc.body + 4);
  const offsets = new Float64Array(sizes.length);
  let sample = 0;
  for (let chunk = 0, group = 0; chunk < chunks && sample < sizes.length; chunk++) {
    while (group + 1 < groups && view.getUint32(stsc.body + 8 + (group + 1) * 12) <= chunk + 1) group++;
    let at = co64
      ? Number(view.getBigUint64(co64.body + 8 + chunk * 8))
      : view.getUint32(table.body + 8 + chunk * 4);
    const within = view.getUint32(stsc.body + 8 + group * 12 + 4);
    for (let i = 0; i < within && sample < sizes.length; i++, sample++) {
      offsets[sample] = at;
      at += sizes[sample]!;
    }
  }
  return sample === sizes.length ? offsets : null;
}

interface RunLength {
  count: number;
  value: number;
}

/** A table of counts and values: `stts` and `ctts`. */
function runs(moov: Uint8Array, table: Box | null): RunLength[] | null {
  if (!table) return null;
  const view = viewOf(moov);
  const signed = moov[table.body] === 1;
  return Array.from({ length: view.getUint32(table.body + 4) }, (_, i) => {
    const at = table.body + 8 + i * 8;
    return { count: view.getUint32(at), value: signed ? view.getInt32(at + 4) : view.getUint32(at + 4) };
  });
}

/** The last sample may last longer or shorter: writers round it, or do not know it. */
function constantDelta(durations: RunLength[]): number | null {
  const [first, last] = durations;
  if (!first || first.value === 0) return null;
  if (durations.length === 1 || (durations.length === 2 && last!.count === 1)) return first.value;
  return null;
}

/** Places in the order of showing, and the time at which the first is shown; null when nothing is reordered. */
function orderOf(
  moov: Uint8Array,
  stbl: Box,
  durations: RunLength[],
  count: number,
): { order: Uint32Array; first: number } | null {
  const offsets = runs(moov, boxAt(moov, stbl, "ctts"));
  if (!offsets) return null;
  const times = new Float64Array(count);
  let [sample, time] = [0, 0];
  for (const run of durations) {
    for (let i = 0; i < run.count; i++, sample++, time += run.value) times[sample] = time;
  }
  sample = 0;
  for (const run of offsets) {
    for (let i = 0; i < run.count && sample < count; i++, sample++) times[sample]! += run.value;
  }
  const sorted = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => times[a]! - times[b]!);
  const order = new Uint32Array(count);
  for (const [place, at] of sorted.entries()) order[at] = place;
  return { order, first: count ? times[sorted[0]!]! : 0 };
}

function keysOf(moov: Uint8Array, stbl: Box, count: number): ReadonlySet<number> {
  const stss = boxAt(moov, stbl, "stss");
  if (!stss) return new Set(Array.from({ length: count }, (_, i) => i));
  const view = viewOf(moov);
  return new Set(
    Array.from(
      { length: view.getUint32(stss.body + 4) },
      (_, i) => view.getUint32(stss.body + 8 + i * 4) - 1,
    ),
  );
}

/** Where in the media an edit list begins; null when it does more than that. */
function editOf(moov: Uint8Array, trak: Box): number | null {
  const elst = boxAt(moov, trak, "edts", "elst");
  if (!elst) return 0;
  const view = viewOf(moov);
  const wide = moov[elst.body] === 1;
  if (view.getUint32(elst.body + 4) !== 1) return null;
  const time = wide ? Number(view.getBigInt64(elst.body + 16)) : view.getInt32(elst.body + 12);
  return time < 0 ? null : time;
}
