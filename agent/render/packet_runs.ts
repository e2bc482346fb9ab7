import { toStream, type Track } from "../media/mod.ts";
import type { Segment } from "./plan.ts";

/** Packets of a take that follow one another, from one at which decoding can begin. */
export interface PacketRun {
  path: string;
  track: Track;
  /** From the first to before the end. */
  first: number;
  end: number;
  /** Frames of them before the first that is shown. */
  skip: number;
}

/** The packets that a segment's frames are decoded from; null: it is not known by packets, or there is no way to begin. */
export function runOf({ packets, frames }: Pick<Segment, "packets" | "frames">): PacketRun | null {
  const track = packets?.take.picture;
  if (!packets || !track) return null;
  const { take, from } = packets;
  let first = from;
  while (first >= 0 && !track.keys.has(first)) first--;
  const end = from + frames;
  if (first < 0 || end > track.sizes.length) return null;
  return { path: take.file!.path, track, first, end, skip: from - first };
}

/** Bytes that are handed over at once. */
const BLOCK = 1 << 18;

/**
 * Writes runs behind one another as one stream with start codes, `head` in front. It ends early at what cannot be read or is no
 * sample: those who count the frames that come out see it.
 */
export async function feedRuns(
  runs: readonly PacketRun[],
  head: Uint8Array<ArrayBuffer>,
  stdin: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  await stdin.write(head);
  for (const { path, track, first, end } of runs) {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { read: true });
    } catch {
      return;
    }
    using _ = file;
    for (let from = first; from < end;) {
      let [to, size] = [from, 0];
      while (to < end && (to === from || size + track.sizes[to]! <= BLOCK)) size += track.sizes[to++]!;
      const block = readSamples(file, track, from, to, size);
      if (!block) return;
      await stdin.write(block);
      from = to;
    }
  }
}

/** Samples `from` to before `to`, of `size` bytes, as a stream; null when they are not whole. */
function readSamples(
  file: Deno.FsFile,
  { offsets, sizes }: Track,
  from: number,
  to: number,
  size: number,
): Uint8Array<ArrayBuffer> | null {
  const block = new Uint8Array(size);
  let at = 0;
  for (let sample = from; sample < to; sample++) {
    const bytes = block.subarray(at, at += sizes[sample]!);
    file.seekSync(offsets[sample]!, Deno.SeekMode.Start);
    // They lie between sound, some kilobytes each: waiting for each would take longer than decoding it.
    for (let filled = 0; filled < bytes.length;) {
      const read = file.readSync(bytes.subarray(filled));
      if (read === null) return null;
      filled += read;
    }
    if (!toStream(bytes)) return null;
  }
  return block;
}
