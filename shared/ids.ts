import { z } from "zod";

let latest = { ms: 0, count: 0 };

/**
 * A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds first, so ids sort by the time they were made; those that one program makes sort
 * as it made them, by a counter where others have chance (RFC 9562, 6.2, method 1). `at`: of another time, with no such order.
 */
export function uuidv7(at?: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const { ms: now, count } = at === undefined
    ? latest = following(latest, Date.now(), bytes[7]!)
    : { ms: at, count: bytes[7]! };
  new DataView(bytes.buffer).setUint32(0, Math.floor(now / 0x10000));
  new DataView(bytes.buffer).setUint16(4, now % 0x10000);
  bytes[6] = (count >> 8) | 0x70;
  bytes[7] = count & 0xff;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** 4,096 in a millisecond; a clock that was put back is waited for. The counter begins low, at chance. */
function following({ ms, count }: typeof latest, now: number, chance: number): typeof latest {
  if (now > ms) return { ms: now, count: chance };
  return count < 0xfff ? { ms, count: count + 1 } : { ms: ms + 1, count: chance };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower-case hyphenated UUID of any version. */
export const Id = z.string().regex(UUID, "must be a UUID");

export function isId(text: string): boolean {
  return UUID.test(text);
}
