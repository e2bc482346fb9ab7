/** Bytes of a sample: two channels of 16 bits. */
export const BYTES = 4;
/** Samples that are mixed at once. */
const BLOCK = 1 << 15;

/** Raw sound in a file, heard from sample `begin` of the track on, which may lie before it. */
export interface Layer {
  path: string;
  /** What of it the file holds; by default all, from the file's head. */
  held?: Held;
  begin: number;
  length: number;
  /** Factor; 1 is as it is. */
  gain: number;
  /** Samples over which it comes up, and goes down. Two that cross add up to one. */
  fade_in: number;
  fade_out: number;
}

export interface Held {
  /** Sample of the layer that the file has first, and up to which it was asked for. */
  from: number;
  until: number;
  /** Sample of the file at which that one lies. */
  at: number;
  /** Samples that there are from there; by default to the end of the file. Less than was asked for: it ends early. */
  count?: number;
}

interface Open extends Layer {
  file: Deno.FsFile;
  held: Required<Held>;
}

/**
 * Mixes layers into one track, block by block in the order of the film: however long it is, it holds a block of each in
 * memory, and a file is removed when all that it holds has been heard. Sums are limited once, at the end.
 */
export class Mixer implements Disposable {
  #at = 0;
  #open: Open[] = [];
  #waiting: Layer[] = [];
  private constructor(private readonly track: Deno.FsFile, private readonly length: number) {}

  /** A track of `length` samples that begins as silence: a sparse file. */
  static async open(path: string, length: number): Promise<Mixer> {
    const track = await Deno.open(path, { read: true, write: true, create: true, truncate: true });
    await track.truncate(length * BYTES);
    return new Mixer(track, length);
  }

  /** Adds a layer that begins where nothing has been mixed yet. */
  add(layer: Layer): void {
    this.#waiting.push(layer);
  }

  async mixUntil(
    end: number,
    options: { signal?: AbortSignal; onDone?: (samples: number) => void } = {},
  ): Promise<void> {
    for (end = Math.min(end, this.length); this.#at < end;) {
      options.signal?.throwIfAborted();
      await this.#openUntil(Math.min(end, this.#at + BLOCK));
      if (!this.#open.length) {
        // Nothing until the next begins, or to the end.
        const next = Math.min(end, ...this.#waiting.map(({ begin }) => Math.max(begin, this.#at)));
        if (next > this.#at + BLOCK || next === end) {
          this.#at = next;
          continue;
        }
      }
      const upTo = Math.min(end, this.#at + BLOCK);
      await this.#mixBlock(this.#at, upTo);
      this.#at = upTo;
      await this.#closeBefore(upTo);
      options.onDone?.(upTo);
    }
  }

  async #openUntil(end: number): Promise<void> {
    const now = this.#waiting.filter(({ begin }) => begin < end);
    this.#waiting = this.#waiting.filter(({ begin }) => begin >= end);
    for (const layer of now) {
      const file = await Deno.open(layer.path, { read: true });
      const held = layer.held ?? { from: 0, until: layer.length, at: 0 };
      const count = held.count ?? Math.floor((await file.stat()).size / BYTES) - held.at;
      this.#open.push({ ...layer, file, held: { ...held, count } });
    }
  }

  async #closeBefore(at: number): Promise<void> {
    const done = this.#open.filter(({ begin, length }) => begin + length <= at);
    this.#open = this.#open.filter((layer) => !done.includes(layer));
    for (const { file } of done) file.close();
    const held = new Set([...this.#open, ...this.#waiting].map(({ path }) => path));
    const heard = new Set(done.map(({ path }) => path).filter((path) => !held.has(path)));
    for (const path of heard) await Deno.remove(path);
  }

  async #mixBlock(from: number, to: number): Promise<void> {
    if (!this.#open.length) return;
    const sum = new Float32Array((to - from) * 2);
    for (const layer of this.#open) await addLayer(layer, from, to, sum);
    const out = new Int16Array(sum.length);
    for (let i = 0; i < sum.length; i++) {
      const value = Math.round(sum[i]!);
      out[i] = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
    }
    await this.track.seek(from * BYTES, Deno.SeekMode.Start);
    const bytes = new Uint8Array(out.buffer);
    for (let written = 0; written < bytes.length;) {
      written += await this.track.write(bytes.subarray(written));
    }
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#open) file.close();
    this.#open = [];
    this.track.close();
  }
}

async function addLayer(layer: Open, from: number, to: number, sum: Float32Array): Promise<void> {
  const { begin, length, gain, fade_in, fade_out, held } = layer;
  const last = Math.min(length, held.from + held.count);
  const start = Math.max(from, begin + held.from);
  const end = Math.min(to, begin + last);
  if (end <= start) return;
  const samples = await readSamples(layer.file, held.at + start - begin - held.from, end - start);
  const offset = (start - from) * 2;
  // Sound that ends early goes down there, too: its last sample may be far from silence.
  const short = last < Math.min(length, held.until) ? Math.min(RAMP_OUT, last) : 0;
  for (let i = 0; i < samples.length; i += 2) {
    const at = start - begin + (i >> 1);
    let factor = gain;
    if (at < fade_in) factor *= (at + 0.5) / fade_in;
    if (at >= length - fade_out) factor *= (length - at - 0.5) / fade_out;
    if (at >= last - short) factor *= (last - at - 0.5) / short;
    sum[offset + i]! += samples[i]! * factor;
    sum[offset + i + 1]! += samples[i + 1]! * factor;
  }
}

/** Samples over which a file that is shorter than it is laid goes down: 4 ms. */
const RAMP_OUT = 192;

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
