/** The boxes that MP4 and QuickTime files are made of (ISO 14496-12, 4.2). */

export interface Box {
  type: string;
  /** Where the box begins, where its content does, and the first byte after it. */
  start: number;
  body: number;
  end: number;
}

const latin = new TextDecoder("latin1");

/** The boxes that lie one after another from `from` to `to`. A box that reaches over `to` ends the walk. */
export function* boxesIn(bytes: Uint8Array, from = 0, to = bytes.length): Generator<Box> {
  const view = viewOf(bytes);
  for (let start = from; start + 8 <= to;) {
    const short = view.getUint32(start);
    const wide = short === 1;
    if (wide && start + 16 > to) return;
    const size = wide ? Number(view.getBigUint64(start + 8)) : short === 0 ? to - start : short;
    const body = start + (wide ? 16 : 8);
    if (size < body - start || start + size > to) return;
    yield { type: latin.decode(bytes.subarray(start + 4, start + 8)), start, body, end: start + size };
    start += size;
  }
}

/** The first box at a path of types below `within`. */
export function boxAt(bytes: Uint8Array, within: Pick<Box, "body" | "end">, ...path: string[]): Box | null {
  let at: Pick<Box, "body" | "end"> = within;
  let found: Box | null = null;
  for (const type of path) {
    found = null;
    for (const each of boxesIn(bytes, at.body, at.end)) {
      if (each.type !== type) continue;
      found = each;
      break;
    }
    if (!found) return null;
    at = found;
  }
  return found;
}

/** A box of these contents. */
export function box(type: string, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, size);
  bytes.set(letters(type), 4);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A box with version 0 and flags in front. */
export function fullBox(type: string, flags: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return box(type, u32(flags), ...parts);
}

export function u32(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value >>> 0));
  return bytes;
}

export function u16(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint16(i * 2, value & 0xffff));
  return bytes;
}

/** A four-character code, or any text of single bytes. */
export function letters(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
