import { BitReader } from "./bits.ts";
import { setsOf } from "./avc.ts";
import { viewOf } from "./boxes.ts";

/**
 * How a stream says which frame refers to which, where that is as simple as can be: each to the one before it and to no other, in
 * the order of showing. Frames of such a stream can follow another key frame that looks like the frame before them.
 */
export interface Chain {
  /** Bits of `frame_num`. */
  bits: number;
  /** Frames of one reference say how it is weighted. */
  weighted: boolean;
}

/** Profiles whose parameter sets say more about colours (7.3.2.1.1). */
const HIGH = [100, 110, 122, 244, 44, 83, 86, 118, 128];

/** What an `avc1` entry says of it; null when its frames may refer to others, or say so in other ways. */
export function chainOf(entry: Uint8Array): Chain | null {
  const [sps, pps, ...more] = setsOf(entry) ?? [];
  if (!sps || !pps || more.length) return null;
  try {
    const bits = numberBits(new BitReader(sps));
    const weighted = bits === null ? null : weightOf(new BitReader(pps));
    return bits === null || weighted === null ? null : { bits, weighted };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** `seq_parameter_set_data` (7.3.2.1.1) up to what it says of fields. */
function numberBits(sps: BitReader): number | null {
  sps.bits(8);
  const profile = sps.bits(8);
  sps.bits(16);
  sps.ue();
  if (HIGH.includes(profile)) {
    const chroma = sps.ue();
    sps.ue();
    sps.ue();
    sps.bits(1);
    // 4:2:0 with flat matrices, as it is encoded here.
    if (chroma !== 1 || sps.flag()) return null;
  }
  const bits = sps.ue() + 4;
  // Shown as decoded, without a word on it in each frame; one reference; no frame left out.
  if (sps.ue() !== 2 || sps.ue() !== 1 || sps.flag()) return null;
  sps.ue();
  sps.ue();
  const progressive = sps.flag();
  return progressive ? bits : null;
}

/** `pic_parameter_set_rbsp` (7.3.2.2). */
function weightOf(pps: BitReader): boolean | null {
  pps.bits(8);
  pps.ue();
  pps.ue();
  pps.bits(2);
  // One group of slices, one reference.
  if (pps.ue() !== 0 || pps.ue() !== 0) return null;
  pps.ue();
  const weighted = pps.flag();
  pps.bits(2);
  pps.se();
  pps.se();
  pps.se();
  pps.bits(2);
  const redundant = pps.flag();
  return redundant ? null : weighted;
}

/** Bytes at the head of a sample that are enough to number it anew. */
export const HEAD = 32;

export interface Numbered {
  /** What the sample begins with now. */
  head: Uint8Array<ArrayBuffer>;
  /** By how much what is wrong in the frame before is larger or smaller in this one: the weight that it has there; 1: none. */
  gain: number;
}

/**
 * The first bytes of a sample, numbered as the frame `number` behind a key frame; `head` are those of the file, {@link HEAD} of them, and
 * `size` the sample's. null when it is not one frame that refers to the one before, was number `was` behind its own key frame, and
 * says nothing more that would have to change.
 */
export function numbered(
  head: Uint8Array,
  { size, was, number }: { size: number; was: number; number: number },
  { bits, weighted }: Chain,
): Numbered | null {
  if (head.length < HEAD || viewOf(head).getUint32(0) !== size - 4) return null;
  // No bit of what lies behind the sample is one of its header's.
  const unit = head.slice(4, size);
  try {
    const slice = new BitReader(unit);
    const found = readSlice(slice, was % 2 ** bits, bits, weighted);
    if (found === null) return null;
    const { at, gain } = found;
    const made = unit.slice();
    for (let i = 0; i < bits; i++) {
      const bit = Math.floor((number % 2 ** bits) / 2 ** (bits - 1 - i)) % 2;
      const [byte, mask] = [(at + i) >> 3, 0x80 >> ((at + i) & 7)];
      made[byte] = bit ? made[byte]! | mask : made[byte]! & ~mask;
    }
    // Were there a byte that keeps a start code out, now or before, what follows would have to move.
    const last = (at + bits - 1) >> 3;
    if (looksLikeStart(unit, last) || looksLikeStart(made, last)) return null;
    const changed = head.slice(0, 4 + last + 1);
    changed.set(made.subarray(0, last + 1), 4);
    return { head: changed, gain };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Where `frame_num` stands in a frame's only slice (7.3.3), when it has the value `due` and all that follows may stay; and its weight. */
function readSlice(
  slice: BitReader,
  due: number,
  bits: number,
  weighted: boolean,
): { at: number; gain: number } | null {
  slice.bits(1);
  const referred = slice.bits(2) > 0;
  // A frame that others do not refer to would not count.
  if (slice.bits(5) !== 1 || !referred || slice.ue() !== 0) return null;
  const kind = slice.ue() % 5;
  slice.ue();
  const at = slice.at;
  if (slice.bits(bits) !== due || (kind !== 0 && kind !== 2)) return null;
  let gain = 1;
  if (kind === 0) {
    // As many references as there are, in their own order.
    if (slice.flag() || slice.flag()) return null;
    if (weighted) gain = readWeights(slice);
  }
  // References are forgotten by their age.
  return slice.flag() ? null : { at, gain };
}

/** The weight of `pred_weight_table` for one reference (7.3.3.2): of its luma, else of a chroma that has one; 1: none has. */
function readWeights(slice: BitReader): number {
  const [luma, chroma] = [2 ** slice.ue(), 2 ** slice.ue()];
  const weights: number[] = [];
  for (const [count, one] of [[1, luma], [2, chroma]] as const) {
    if (!slice.flag()) continue;
    for (let i = 0; i < count; i++) {
      weights.push(slice.se() / one);
      // What is added to it changes nothing of a difference.
      slice.se();
    }
  }
  return weights[0] ?? 1;
}

/** Two zeros before a byte of three or less, of which one at least is byte `last` or before. */
function looksLikeStart(unit: Uint8Array, last: number): boolean {
  for (let i = 0; i <= last; i++) if (unit[i] === 0 && unit[i + 1] === 0 && unit[i + 2]! <= 3) return true;
  return false;
}
