import { AUDIO_RATE, ffmpeg, input } from "../media/mod.ts";
import type { RawSound } from "./film_sound.ts";
import type { Rendered } from "./picture.ts";
import { ZipWriter } from "./zip.ts";

/** The film frame by frame, numbered from 1, and its sound beside them, in a ZIP that is written as it goes. */
export async function joinStills(
  joining: { rendered: readonly Rendered[]; sound: RawSound; name: string; frames: number; to: string },
  options: { signal: AbortSignal; onFrame: (frame: number) => void },
): Promise<void> {
  const { rendered, sound, name, frames, to } = joining;
  const digits = Math.max(6, String(frames).length);
  using zip = await ZipWriter.open(to);
  // Segments that look the same lie in the same file.
  const last = new Map(rendered.map(({ path }, index) => [path, index]));
  let frame = 0;
  for (const [index, { path, segment }] of rendered.entries()) {
    let count = 0;
    for await (const picture of picturesOf(path!)) {
      options.signal.throwIfAborted();
      frame++;
      count++;
      await zip.add(`${name}/${name}.${String(frame).padStart(digits, "0")}.png`, picture);
      options.onFrame(frame);
    }
    if (count !== segment.frames) {
      throw new Error(`A piece of the film has ${count} pictures where ${segment.frames} were counted.`);
    }
    if (last.get(path) === index) await Deno.remove(path!);
  }
  const wav = `${to}.wav`;
  await ffmpeg([
    ...input(sound.path, ["-f", "s16le", "-ar", String(AUDIO_RATE), "-ac", "2"]),
    ...["-c:a", "pcm_s16le", "-f", "wav", `file:${wav}`],
  ], options);
  await zip.addFile(`${name}/${name}.wav`, wav, options.signal);
  await Deno.remove(wav);
  await zip.end();
}

const SIGNATURE = 8;

/** The PNG files that follow one another in a file (ISO 15948: each ends with its IEND chunk). */
async function* picturesOf(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  let held = new Uint8Array(0);
  let ended = false;
  for (;;) {
    const end = pictureEnd(held);
    if (end !== null) {
      yield held.subarray(0, end);
      held = held.slice(end);
      continue;
    }
    if (ended) break;
    const more = new Uint8Array(1 << 20);
    const read = await file.read(more);
    if (read === null) ended = true;
    else {
      const joined = new Uint8Array(held.length + read);
      joined.set(held);
      joined.set(more.subarray(0, read), held.length);
      held = joined;
    }
  }
  if (held.length) throw new Error("A piece of the film ends within a picture.");
}

function pictureEnd(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return null;
    // "IEND"
    if (view.getUint32(at + 4) === 0x49454e44) return end;
    at = end;
  }
  return null;
}
