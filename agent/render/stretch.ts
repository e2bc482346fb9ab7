import { z } from "zod";
import { type Part, type Track, windowOf } from "../media/mod.ts";
import type { Span } from "./samples.ts";

/** Packets beyond each end that are kept, too: among them is the place at which two stretches are joined. */
export const EXTRA = 4;

/** Encoded packets of the film, from number `first` on, in a file. */
export interface Stretch {
  path: string;
  entry: Uint8Array;
  first: number;
  sizes: Uint32Array;
  offsets: Float64Array;
  /** How each of them windows its samples, by number of the film: of those near its ends. */
  windows: Map<number, number | null>;
}

export interface Place {
  range: Span;
  total: number;
  /** Number of the film that the run's first packet has. */
  skip: number;
}

/** Puts a stretch into a file of its own: a line that describes it, and its packets. */
export async function writeStretch(
  track: Track,
  whole: string,
  { range, total, skip }: Place,
  path: string,
): Promise<Stretch> {
  const { from, to } = withExtra(range, total);
  const sizes = track.sizes.subarray(from - skip, to - skip);
  if (sizes.length < to - from) {
    throw new Error(`The film's sound has ${sizes.length} packets where ${to - from} were counted.`);
  }
  const head = { entry: track.entry.toHex(), sizes: [...sizes] };
  const line = new TextEncoder().encode(JSON.stringify(head) + "\n");
  const bytes = new Uint8Array(line.length + sizes.reduce((sum, size) => sum + size, 0));
  bytes.set(line);
  using file = await Deno.open(whole, { read: true });
  let at = line.length;
  for (const [i, size] of sizes.entries()) {
    // One after another in the file, but for the encoder's own pauses.
    file.seekSync(track.offsets[from - skip + i]!, Deno.SeekMode.Start);
    for (let filled = 0; filled < size;) {
      const read = file.readSync(bytes.subarray(at + filled, at + size));
      if (read === null) throw new Error("The film's sound has become shorter while it was read.");
      filled += read;
    }
    at += size;
  }
  await Deno.writeFile(path, bytes);
  return stretchOf(bytes, path, range, total)!;
}

/** One that was kept; null when it is not whole. */
export async function readStretch(path: string, range: Span, total: number): Promise<Stretch | null> {
  return stretchOf(await Deno.readFile(path), path, range, total);
}

/** The line before the packets: how they are encoded, and their bytes. */
const Head = z.object({ entry: z.hex(), sizes: z.array(z.int().min(0)) });

function stretchOf(bytes: Uint8Array, path: string, range: Span, total: number): Stretch | null {
  const line = bytes.indexOf(10);
  const { from, to } = withExtra(range, total);
  try {
    const head = Head.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, line))));
    const sizes = Uint32Array.from(head.sizes);
    const offsets = new Float64Array(sizes.length);
    let at = line + 1;
    for (const [i, size] of sizes.entries()) {
      offsets[i] = at;
      at += size;
    }
    // What a cleaned or full disk has left of it is made anew.
    if (sizes.length !== to - from || at !== bytes.length) return null;
    const windows = new Map<number, number | null>();
    for (const [i, offset] of offsets.entries()) {
      const near = i <= 2 * EXTRA || i >= sizes.length - 2 * EXTRA - 1;
      if (near) windows.set(from + i, windowOf(bytes.subarray(offset, offset + 2)));
    }
    return { path, entry: Uint8Array.fromHex(head.entry), first: from, sizes, offsets, windows };
  } catch {
    return null;
  }
}

function withExtra({ from, to }: Span, total: number): Span {
  return { from: Math.max(0, from - EXTRA), to: Math.min(total, to + EXTRA) };
}

/** The parts of the film's track; null where two stretches cannot be joined. */
export function joined(stretches: readonly Stretch[], ranges: readonly Span[]): Part[] | null {
  const parts: Part[] = [];
  let from = 0;
  for (const [i, stretch] of stretches.entries()) {
    const next = stretches[i + 1];
    const to = next ? seam(stretch, next, ranges[i]!.to) : ranges[i]!.to;
    if (to === null) return null;
    const [first, last] = [from - stretch.first, to - stretch.first];
    parts.push({
      path: stretch.path,
      offsets: stretch.offsets.subarray(first, last),
      sizes: stretch.sizes.subarray(first, last),
    });
    from = to;
  }
  return parts;
}

/** The number of the packet from which on the second is taken: the first and the second agree on the one before. */
function seam(first: Stretch, second: Stretch, at: number): number | null {
  for (let by = 0; by < EXTRA; by++) {
    for (const place of [at + by, at - by]) {
      const [a, b] = [first, second].map(({ windows }) => windows.get(place - 1) ?? null);
      if (a !== null && a === b) return place;
    }
  }
  return null;
}
