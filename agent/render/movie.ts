import { nominalRate } from "../../shared/time/rate.ts";
import {
  type Part,
  type PictureTrack,
  readMp4,
  setupOf,
  type SoundTrack,
  type Track,
  writeMovie,
} from "../media/mod.ts";
import type { Rendered } from "./picture.ts";
import type { Screen } from "./screen.ts";

export interface Joining {
  rendered: readonly Rendered[];
  screen: Screen;
  sound: SoundTrack;
  quicktime: boolean;
  timecode: { start: number; drop: boolean };
  title: string;
  to: string;
  signal: AbortSignal;
  /** Share that is written. */
  onDone: (share: number) => void;
}

/** Puts the film together of the samples of its segments and takes. Nothing of it is encoded, or read twice. */
export async function joinMovie(joining: Joining): Promise<void> {
  const { screen, sound, to, signal } = joining;
  const picture = await pictureOf(joining.rendered, screen);
  const total = picture.parts.reduce((sum, { sizes }) => sum + sizes.reduce((a, b) => a + b, 0), 1);
  await writeMovie(
    {
      ...{ quicktime: joining.quicktime, picture, sound, title: joining.title },
      timecode: { ...joining.timecode, nominal: nominalRate(screen.rate) },
    },
    to,
    { signal, onBytes: (bytes) => joining.onDone(Math.min(1, bytes / total)) },
  );
}

async function pictureOf(rendered: readonly Rendered[], screen: Screen): Promise<PictureTrack> {
  const { rate, width, height, aspect } = screen;
  const parts: Part[] = [];
  const keys: number[] = [];
  const orders: Uint32Array[] = [];
  let [count, reordered, allKeys] = [0, false, true];
  let first: Track | null = null;
  // Segments that look the same lie in the same file.
  const known = new Map<string, Track>();
  for (const { segment, path } of rendered) {
    const track = segment.copy ? segment.copy.take.picture! : known.get(path!) ?? await pictureTrack(path!);
    if (path) known.set(path, track);
    const from = segment.copy?.from ?? 0;
    const to = from + segment.frames;
    if (track.sizes.length < to) {
      throw new Error(`A piece of the film has ${track.sizes.length} frames where ${to} were counted.`);
    }
    first ??= track;
    if (setupOf(track) !== setupOf(first)) throw new Error("Two pieces of the film are encoded in two ways.");
    const source = segment.copy ? segment.copy.take.file!.path : path!;
    parts.push({
      path: source,
      offsets: track.offsets.subarray(from, to),
      sizes: track.sizes.subarray(from, to),
      ...(segment.copy?.heads ? { heads: segment.copy.heads } : {}),
    });
    for (let frame = from; frame < to; frame++) {
      if (track.keys.has(frame)) keys.push(count + frame - from);
      else allKeys = false;
    }
    if (track.shown) reordered = true;
    orders.push(
      (track.shown ?? Uint32Array.from({ length: to }, (_, i) => i)).subarray(from, to).map((i) =>
        i - from + count
      ),
    );
    count += segment.frames;
  }
  const shown = reordered ? new Uint32Array(count) : null;
  let at = 0;
  for (const order of orders) {
    shown?.set(order, at);
    at += order.length;
  }
  return {
    ...{ kind: "vide", entry: first!.entry, parts, height, shown, keys: allKeys ? null : keys },
    width: Math.round((width * aspect[0]) / aspect[1]),
    // Every frame is a whole number of ticks: 1001 of 24000 at 23.976.
    ...(rate.den === 1
      ? { timescale: rate.num * 512, delta: 512 }
      : { timescale: rate.num, delta: rate.den }),
  };
}

async function pictureTrack(path: string): Promise<Track> {
  const track = (await readMp4(path))?.tracks.find(({ kind }) => kind === "vide");
  if (!track) throw new Error(`A piece of the film cannot be read again: ${path}`);
  return track;
}
