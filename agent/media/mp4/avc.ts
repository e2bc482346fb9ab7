import { boxesIn, viewOf } from "./boxes.ts";

/** Bytes in front of a unit of a stream, in place of the four that say its length. */
const START_CODE = [0, 0, 0, 1] as const;

/**
 * The parameter sets of an `avc1` entry as a stream with start codes begins with them (H.264, annex B; ISO 14496-15, 5.3.3.1);
 * null for any other entry, and where lengths of units have not the usual four bytes.
 */
export function streamHead(entry: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const sets = setsOf(entry);
  return sets && Uint8Array.from(sets.flatMap((set) => [...START_CODE, ...set]));
}

/** Sequence parameter sets, then picture parameter sets; null as above, and where there are none. */
export function setsOf(entry: Uint8Array): Uint8Array[] | null {
  // Behind the fixed part of a visual entry (ISO 14496-12, 12.1.3).
  const found = [...boxesIn(entry, 8 + 78)].find(({ type }) => type === "avcC");
  const config = found && entry.subarray(found.body, found.end);
  if (!config || config.length < 7 || (config[4]! & 3) !== 3) return null;
  const sets: Uint8Array[] = [];
  let at = 5;
  // The former are counted in five bits.
  for (const mask of [31, 255]) {
    for (let left = (config[at++] ?? 0) & mask; left > 0; left--) {
      const length = (config[at] ?? 0) << 8 | (config[at + 1] ?? 0);
      if (length === 0 || at + 2 + length > config.length) return null;
      sets.push(config.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return sets.length ? sets : null;
}

/** Puts start codes in the place of the lengths in a sample. false: the lengths do not add up, and it is no sample. */
export function toStream(sample: Uint8Array): boolean {
  const view = viewOf(sample);
  let at = 0;
  while (at + 4 < sample.length) {
    const length = view.getUint32(at);
    if (length === 0 || at + 4 + length > sample.length) return false;
    sample.set(START_CODE, at);
    at += 4 + length;
  }
  return at > 0 && at === sample.length;
}
