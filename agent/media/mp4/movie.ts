/** Samples of a file that follow one another in a track. */
export interface Part {
  path: string;
  offsets: Float64Array;
  sizes: Uint32Array;
  /** What each sample begins with here, in the place of as many bytes in the file; absent: as it is there. */
  heads?: readonly Uint8Array[];
}

interface TrackBase {
  /** How its samples are encoded, as {@link readMp4} gave it. */
  entry: Uint8Array;
  /** Ticks in a second, and those that every sample lasts. */
  timescale: number;
  delta: number;
}

export interface PictureTrack extends TrackBase {
  kind: "vide";
  parts: readonly Part[];
  width: number;
  height: number;
  /** Numbers of the samples at which decoding can begin; null: all. */
  keys: readonly number[] | null;
  /** Place of each sample in the order of showing; null when that is the order of decoding. */
  shown: Uint32Array | null;
}

export type SoundTrack =
  & TrackBase
  & { kind: "soun" }
  & ({
    parts: readonly Part[];
    /** Ticks that players leave out at the head, and those that are heard after them. */
    skipped: number;
    heard: number;
  } | {
    /** Raw samples: `count` of `bytes` each, from the head of a file. */
    raw: { path: string; bytes: number; count: number };
  });

export interface Movie {
  /** QuickTime, else MP4. */
  quicktime: boolean;
  picture: PictureTrack;
  sound: SoundTrack | null;
  /** Frames since midnight at which the film's own timecode begins. */
  timecode: { start: number; nominal: number; drop: boolean };
  title: string;
}

/** A second of one track, as it lies in the file. */
export interface Chunk {
  track: "picture" | "sound" | "timecode";
  /** First sample, and how many. */
  from: number;
  count: number;
  bytes: number;
}

/** Seconds of each track in turn. */
export function chunksOf(movie: Movie): Chunk[] {
  const { picture, sound } = movie;
  const chunks: Chunk[] = [{ track: "timecode", from: 0, count: 1, bytes: 4 }];
  const pictures = cursor(picture);
  const sounds = sound ? cursor(sound) : null;
  const pace = { picture: movie.timecode.nominal, sound: sound ? paceOf(sound) : 0 };
  while (pictures.left() > 0 || (sounds && sounds.left() > 0)) {
    const [a, b] = [pictures.take(pace.picture), sounds?.take(pace.sound)];
    if (a) chunks.push({ track: "picture", ...a });
    if (b) chunks.push({ track: "sound", ...b });
  }
  return chunks;
}

/** Samples of a second of sound. */
export function paceOf(sound: SoundTrack): number {
  return Math.max(1, Math.round(sound.timescale / sound.delta));
}

/** Walks over a track's samples and adds their bytes up. */
function cursor(track: PictureTrack | SoundTrack) {
  const raw = "raw" in track ? track.raw : null;
  const count = countOf(track);
  let [at, part, within] = [0, 0, 0];
  return {
    left: () => count - at,
    take(want: number): { from: number; count: number; bytes: number } | null {
      const got = Math.min(want, count - at);
      if (got <= 0) return null;
      const from = at;
      at += got;
      if (raw) return { from, count: got, bytes: got * raw.bytes };
      const parts = (track as { parts: readonly Part[] }).parts;
      let bytes = 0;
      for (let i = 0; i < got; i++) {
        while (within >= parts[part]!.sizes.length) [part, within] = [part + 1, 0];
        bytes += parts[part]!.sizes[within++]!;
      }
      return { from, count: got, bytes };
    },
  };
}

export function countOf(track: PictureTrack | SoundTrack): number {
  return "raw" in track ? track.raw.count : track.parts.reduce((sum, part) => sum + part.sizes.length, 0);
}
