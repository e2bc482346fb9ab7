/** A PNG text chunk (PNG 11.3.4.3) that says a still is a card, for the next runner that gets it as start image. */

const SIGNATURE_AND_HEADER = 8 + 25;
const WORDS = "Comment\0animatic placeholder";

export async function markAsCard(path: string): Promise<void> {
  const png = await Deno.readFile(path);
  const body = new TextEncoder().encode(`tEXt${WORDS}`);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  await Deno.writeFile(
    path,
    new Blob([png.subarray(0, SIGNATURE_AND_HEADER), chunk, png.subarray(SIGNATURE_AND_HEADER)]).stream(),
  );
}

export async function isCard(path: string): Promise<boolean> {
  const head = new Uint8Array(SIGNATURE_AND_HEADER + 8 + WORDS.length);
  using file = await Deno.open(path, { read: true });
  await file.read(head);
  return new TextDecoder("latin1").decode(head.subarray(SIGNATURE_AND_HEADER + 8)) === WORDS;
}

/** CRC-32 of ISO 3309, bit by bit: the chunk is short. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
