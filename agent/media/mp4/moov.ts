import { box, fullBox, letters, u16, u32, viewOf } from "./boxes.ts";
import { type Chunk, countOf, type Movie, paceOf, type SoundTrack } from "./movie.ts";

export function fileType({ quicktime }: Movie): Uint8Array {
  return quicktime
    ? box("ftyp", letters("qt  "), u32(0x200), letters("qt  "))
    : box("ftyp", letters("isom"), u32(0x200), letters("isomiso2mp41"));
}

/** The tables of a film whose samples begin at byte `begin`. */
export function moovOf(movie: Movie, chunks: readonly Chunk[], begin: number): Uint8Array {
  const { picture, sound } = movie;
  const length = countOf(picture) * picture.delta;
  const scale = picture.timescale;
  const places = { picture: [] as number[], sound: [] as number[], timecode: [] as number[] };
  let at = begin;
  for (const chunk of chunks) {
    places[chunk.track].push(at);
    at += chunk.bytes;
  }
  const ids = { picture: 1, sound: 2, timecode: sound ? 3 : 2 };
  return box(
    "moov",
    fullBox("mvhd", 0, u32(0, 0, scale, length, 0x10000), u16(0x100, 0), u32(0, 0), MATRIX, PRE, u32(4)),
    trak({ id: ids.picture, length, width: picture.width, height: picture.height }, [
      ...editOf(movie),
      box("tref", box("tmcd", u32(ids.timecode))),
      media(
        movie,
        "vide",
        scale,
        length,
        fullBox("vmhd", 1, u16(0, 0, 0, 0)),
        pictureTable(movie, places.picture),
      ),
    ]),
    ...(sound ? [soundTrak(movie, sound, ids.sound, places.sound)] : []),
    timecodeTrak(movie, ids.timecode, places.timecode, length),
    box("udta", titleOf(movie)),
  );
}

const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
/** QuickTime's preview, poster and selection times, which ISO keeps free. */
const PRE = u32(0, 0, 0, 0, 0, 0);

interface Head {
  id: number;
  /** Ticks of the movie. */
  length: number;
  width?: number;
  height?: number;
  sound?: boolean;
}

function trak({ id, length, width = 0, height = 0, sound }: Head, rest: Uint8Array[]): Uint8Array {
  return box(
    "trak",
    // In use, in the movie.
    fullBox(
      "tkhd",
      3,
      u32(0, 0, id, 0, length, 0, 0),
      u16(0, sound ? 1 : 0, sound ? 0x100 : 0, 0),
      MATRIX,
      u32(width * 65536, height * 65536),
    ),
    ...rest,
  );
}

function media(
  { quicktime }: Movie,
  kind: string,
  timescale: number,
  length: number,
  header: Uint8Array,
  table: Uint8Array,
): Uint8Array {
  const name = { vide: "VideoHandler", soun: "SoundHandler", tmcd: "TimeCodeHandler" }[kind]!;
  return box(
    "mdia",
    // Language: undetermined, packed as 5-bit letters.
    fullBox("mdhd", 0, u32(0, 0, timescale, length), u16(0x55c4, 0)),
    handler(quicktime ? "mhlr" : "\0\0\0\0", kind, name, quicktime),
    box(
      "minf",
      header,
      ...(quicktime ? [handler("dhlr", "url ", "DataHandler", true)] : []),
      box("dinf", fullBox("dref", 0, u32(1), fullBox("url ", 1))),
      table,
    ),
  );
}

/** QuickTime counts the letters of the name, MP4 ends it with a zero. */
function handler(component: string, kind: string, name: string, quicktime: boolean): Uint8Array {
  const text = quicktime ? String.fromCharCode(name.length) + name : `${name}\0`;
  return fullBox("hdlr", 0, letters(component), letters(kind), u32(0, 0, 0), letters(text));
}

function table(entry: Uint8Array, rest: Uint8Array[], places: readonly number[]): Uint8Array {
  const co64 = new Uint8Array(8 + places.length * 8);
  const view = viewOf(co64);
  view.setUint32(4, places.length);
  places.forEach((place, i) => view.setBigUint64(8 + i * 8, BigInt(place)));
  return box("stbl", fullBox("stsd", 0, u32(1), entry), ...rest, box("co64", co64));
}

function pictureTable(movie: Movie, places: readonly number[]): Uint8Array {
  const { picture, timecode } = movie;
  const count = countOf(picture);
  return table(picture.entry, [
    fullBox("stts", 0, u32(1, count, picture.delta)),
    ...(picture.shown ? [composition(picture.shown, picture.delta)] : []),
    ...(picture.keys ? [fullBox("stss", 0, u32(picture.keys.length), numbers(picture.keys, 1))] : []),
    sampleToChunk(count, timecode.nominal),
    fullBox("stsz", 0, u32(0, count), ...picture.parts.map((part) => numbers(part.sizes))),
  ], places);
}

/** Samples are shown as many places later as the most delayed needs (14496-12, 8.6.1.3). */
function composition(shown: Uint32Array, delta: number): Uint8Array {
  const delay = delayOf(shown);
  const runs: number[] = [];
  let last = -1;
  for (const [at, place] of shown.entries()) {
    const offset = (place + delay - at) * delta;
    if (offset === last) runs[runs.length - 2]!++;
    else runs.push(1, offset);
    last = offset;
  }
  return fullBox("ctts", 0, u32(runs.length / 2), numbers(runs));
}

function delayOf(shown: Uint32Array): number {
  return shown.reduce((most, place, at) => Math.max(most, at - place), 0);
}

function editOf({ picture }: Movie): Uint8Array[] {
  const skip = picture.shown ? delayOf(picture.shown) * picture.delta : 0;
  return [edit(countOf(picture) * picture.delta, skip)];
}

function edit(length: number, from: number): Uint8Array {
  return box("edts", fullBox("elst", 0, u32(1, length, from, 0x10000)));
}

function soundTrak(movie: Movie, sound: SoundTrack, id: number, places: readonly number[]): Uint8Array {
  const count = countOf(sound);
  const scale = movie.picture.timescale;
  const heard = "raw" in sound ? sound.raw.count * sound.delta : sound.heard;
  const length = Math.round((heard * scale) / sound.timescale);
  const sizes = "raw" in sound
    ? [u32(sound.raw.bytes, count)]
    : [u32(0, count), ...sound.parts.map((part) => numbers(part.sizes))];
  // The last packet is heard as far as there is sound, whoever does not look at edit lists.
  const last = "raw" in sound ? sound.delta : sound.skipped + sound.heard - (count - 1) * sound.delta;
  const short = count > 1 && last > 0 && last < sound.delta;
  const times = short ? u32(2, count - 1, sound.delta, 1, last) : u32(1, count, sound.delta);
  return trak({ id, length, sound: true }, [
    edit(length, "raw" in sound ? 0 : sound.skipped),
    media(
      movie,
      "soun",
      sound.timescale,
      (count - 1) * sound.delta + (short ? last : sound.delta),
      fullBox("smhd", 0, u32(0)),
      table(sound.entry, [
        fullBox("stts", 0, times),
        sampleToChunk(count, paceOf(sound)),
        fullBox("stsz", 0, ...sizes),
      ], places),
    ),
  ]);
}

/** QuickTime File Format, "Timecode media": one sample that holds the number of the first frame. */
function timecodeTrak(movie: Movie, id: number, places: readonly number[], length: number): Uint8Array {
  const { timescale, delta } = movie.picture;
  const { nominal, drop } = movie.timecode;
  const entry = box(
    "tmcd",
    u32(0),
    u16(0, 1),
    u32(0, drop ? 1 : 0, timescale, delta),
    Uint8Array.of(nominal, 0),
  );
  const text = fullBox("tcmi", 0, u16(0, 0, 12, 0, 0, 0, 0, 0xffff, 0xffff, 0xffff), letters("\x07Courier"));
  const header = movie.quicktime
    ? box("gmhd", fullBox("gmin", 0, u16(0x40, 0x8000, 0x8000, 0x8000, 0, 0)), box("tmcd", text))
    : fullBox("nmhd", 0);
  return trak({ id, length }, [
    media(
      movie,
      "tmcd",
      timescale,
      length,
      header,
      table(entry, [
        fullBox("stts", 0, u32(1, 1, length)),
        fullBox("stsc", 0, u32(1, 1, 1, 1)),
        fullBox("stsz", 0, u32(4, 1)),
      ], places),
    ),
  ]);
}

/** All chunks hold as many samples, but the last. */
function sampleToChunk(count: number, pace: number): Uint8Array {
  const [whole, rest] = [Math.floor(count / pace), count % pace];
  const runs = [...(whole ? [1, pace, 1] : []), ...(rest ? [whole + 1, rest, 1] : [])];
  return fullBox("stsc", 0, u32(runs.length / 3, ...runs));
}

function numbers(values: ArrayLike<number>, plus = 0): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setUint32(i * 4, values[i]! + plus);
  return bytes;
}

/** iTunes' list in MP4, the older text atom in QuickTime. */
function titleOf({ quicktime, title }: Movie): Uint8Array {
  const text = new TextEncoder().encode(title);
  if (quicktime) return box("\xa9nam", u16(text.length, 0x55c4), text);
  const item = box("\xa9nam", box("data", u32(1, 0), text));
  return fullBox(
    "meta",
    0,
    fullBox("hdlr", 0, u32(0), letters("mdirappl"), u32(0, 0), letters("\0")),
    box("ilst", item),
  );
}
