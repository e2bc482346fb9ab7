import { boxAt, boxesIn } from "./boxes.ts";
import type { Track } from "./read.ts";

/** Samples of an AAC packet. */
export const AAC_SAMPLES = 1024;
/** Index of 48,000 Hz among AAC's rates (ISO 14496-3, table 1.18). */
const HZ_48000 = 3;

/**
 * Channels of a track of plain AAC (low complexity, 48 kHz, one or two channels, no band replication), whose packets can be put
 * behind those of another such track; null for any other.
 */
export function plainAac(track: Track): 1 | 2 | null {
  if (track.kind !== "soun" || track.timescale !== 48_000 || track.delta !== AAC_SAMPLES) return null;
  const config = configOf(track.entry);
  if (!config || config.length < 2) return null;
  const bits = config[0]! << 8 | config[1]!;
  const [type, rate, channels] = [bits >> 11, (bits >> 7) & 15, (bits >> 3) & 15];
  // Three more flags, all off; then at most the word that there is no band replication (1.6.5).
  const rest = config.subarray(2).toHex();
  const plain = type === 2 && rate === HZ_48000 && (bits & 7) === 0 && ["", "56e500"].includes(rest);
  return plain && (channels === 1 || channels === 2) ? channels : null;
}

/** The decoder's setup in an `mp4a` entry: the descriptor of tag 5 in those of its `esds` (ISO 14496-1, 7.2.6). */
function configOf(entry: Uint8Array): Uint8Array | null {
  const whole = [...boxesIn(entry)][0];
  if (whole?.type !== "mp4a") return null;
  const esds = boxAt(entry, { body: whole.body + 28, end: whole.end }, "esds");
  if (!esds) return null;
  // Bytes before the descriptors in the body of each: 3 of an ES descriptor (no flags), 13 of a decoder configuration.
  const fixed: Record<number, number> = { 3: 3, 4: 13 };
  for (let at = esds.body + 4; at + 2 <= esds.end;) {
    const tag = entry[at++]!;
    let length = 0;
    for (let more = true; more && at < esds.end; at++) {
      length = length << 7 | entry[at]! & 127;
      more = entry[at]! > 127;
    }
    if (tag === 5) return at + length <= esds.end ? entry.subarray(at, at + length) : null;
    const skip = fixed[tag];
    if (skip === undefined) return null;
    at += skip;
  }
  return null;
}

/** The seven bytes before a packet in an ADTS stream (ISO 14496-3, 1.A.3.2): low complexity, 48 kHz, no checksum. */
export function adtsHeader(packet: number, channels: 1 | 2): Uint8Array<ArrayBuffer> {
  const size = packet + 7;
  return Uint8Array.of(
    ...[0xff, 0xf1, 1 << 6 | HZ_48000 << 2, channels << 6 | size >> 11],
    ...[(size >> 3) & 255, (size & 7) << 5 | 0x1f, 0xfc],
  );
}

/**
 * How a packet of two channels windows its samples: the sequence and shape (4.4.2.1) that it shares between both; null when
 * they differ, or it begins with something else. Packets of two encoders may follow one another where they say the same of
 * the one before: then what overlaps adds up.
 */
export function windowOf(packet: Uint8Array): number | null {
  // A pair of channels (1), the first of its kind, with one window for both.
  return packet.length > 1 && packet[0] === 0b001_0000_1 ? (packet[1]! >> 4) & 7 : null;
}
