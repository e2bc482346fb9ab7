import { chainOf, HEAD, numbered } from "../media/mod.ts";
import { laterFeed } from "./feed.ts";
import type { Segment } from "./plan.ts";
import type { Take } from "./take.ts";

/**
 * Of what comes before the key frame that a copy begins at, encodes the first frame alone where the take allows it: each frame behind it
 * refers to the one before and to no other, so they follow a key frame that looks like the one before them as they are. Only their
 * numbers change, that count from a key frame on. A take that does not allow it, or that grows lighter there, is encoded up to its key frame.
 */
export async function withAnchors(segments: readonly Segment[]): Promise<Segment[]> {
  const all: Segment[] = [];
  for (const segment of segments) {
    const { packets, shown, at, frames } = segment;
    const heads = packets ? await headsOf(packets.take, packets.from + 1, frames - 1) : null;
    if (!packets || !heads || shown.kind !== "run") {
      all.push(segment);
      continue;
    }
    all.push({ ...segment, frames: 1, anchor: true });
    if (frames === 1) continue;
    const { packets: { take, from }, ...behind } = { ...segment, packets };
    all.push({
      ...behind,
      ...{ at: at + 1, frames: frames - 1, shown: { kind: "run", feed: laterFeed(shown.feed, 1) } },
      copy: { take, from: from + 1, heads },
    });
  }
  return all;
}

/**
 * How much of what is wrong in the first frame may be seen in the last, as frames of a fade weigh the one before: a cut into the dark of a
 * fade of 80 frames came out at 29 dB in its light, where it is 43 when it is encoded.
 */
const MOST_GAIN = 2;

/** What `count` frames of a take begin with, numbered from 1; null: one of them is not to be numbered anew. */
async function headsOf({ file, picture }: Take, from: number, count: number): Promise<Uint8Array[] | null> {
  const chain = picture && chainOf(picture.entry);
  if (!file || !chain || from + count > picture.sizes.length) return null;
  let key = from;
  while (key >= 0 && !picture.keys.has(key)) key--;
  if (key < 0 || (key === from && count > 0)) return null;
  using open = await Deno.open(file.path, { read: true });
  const heads: Uint8Array[] = [];
  let gain = 1;
  for (let number = 1; number <= count; number++) {
    const frame = from + number - 1;
    const head = new Uint8Array(HEAD);
    open.seekSync(picture.offsets[frame]!, Deno.SeekMode.Start);
    // Some bytes of each: waiting for them would take longer than reading.
    if (open.readSync(head) !== HEAD) return null;
    const made = numbered(head, { size: picture.sizes[frame]!, was: frame - key, number }, chain);
    if (!made) return null;
    gain *= made.gain;
    if (gain > MOST_GAIN) return null;
    heads.push(made.head);
  }
  return heads;
}
