/** Bytes of a sample: two channels of 16 bits. */
export const BYTES = 4;
/** Samples read at once. */
const BLOCK = 1 << 16;

/**
 * Lays raw sound over a track from sample `begin` on, coming up over its first `fade_in` samples and going down over its
 * last `fade_out`; there it is added to what lies there, elsewhere it takes its place. The gains of two that cross add up
 * to one.
 */
export async function mixInto(
  track: Deno.FsFile,
  begin: number,
  from: string,
  { fade_in, fade_out, length }: { fade_in: number; fade_out: number; length: number },
): Promise<void> {
  using source = await Deno.open(from, { read: true });
  for (let at = 0; at < length;) {
    const want = Math.min(BLOCK, length - at);
    const sound = await readSamples(source, at, want);
    if (sound.length === 0) return;
    const under = await readSamples(track, begin + at, want);
    const out = new Int16Array(sound.length);
    for (let i = 0; i < sound.length; i++) {
      const sample = at + (i >> 1);
      const up = sample < fade_in ? (sample + 0.5) / fade_in : 1;
      const down = sample >= length - fade_out ? (length - sample - 0.5) / fade_out : 1;
      const gain = Math.min(up, down);
      const mixed = sound[i]! * gain + (gain < 1 ? under[i] ?? 0 : 0);
      out[i] = Math.max(-32768, Math.min(32767, Math.round(mixed)));
    }
    await track.seek((begin + at) * BYTES, Deno.SeekMode.Start);
    const bytes = new Uint8Array(out.buffer);
    for (let written = 0; written < bytes.length;) written += await track.write(bytes.subarray(written));
    at += sound.length >> 1;
  }
}

async function readSamples(file: Deno.FsFile, from: number, count: number): Promise<Int16Array> {
  const bytes = new Uint8Array(count * BYTES);
  await file.seek(from * BYTES, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < bytes.length) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return new Int16Array(bytes.buffer, 0, (filled - (filled % BYTES)) >> 1);
}
