import { AUDIO_RATE, ffmpeg, input, rateText } from "../media/mod.ts";
import type { RawSound } from "./film_sound.ts";
import type { Rendered } from "./picture.ts";
import type { Screen } from "./screen.ts";

/** Bytes of the header of an IVF file, and of that of each frame in it. */
const FILE_HEAD = 32;
const FRAME_HEAD = 12;

/** Joins VP9 segments, which lie in IVF files, counts their frames through, and puts them into WebM with Opus. */
export async function joinWebm(
  joining: { rendered: readonly Rendered[]; screen: Screen; sound: RawSound; title: string; to: string },
  options: { signal: AbortSignal; onFrame: (frame: number) => void },
): Promise<void> {
  const { rendered, screen, sound, to } = joining;
  const whole = `${to}.ivf`;
  await joinIvf(rendered, screen, whole, options.signal);
  await ffmpeg([
    ...input(whole, ["-f", "ivf"]),
    ...input(sound.path, ["-f", "s16le", "-ar", String(AUDIO_RATE), "-ac", "2"]),
    ...["-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-r", rateText(screen.rate)],
    ...["-c:a", "libopus", "-b:a", "160k", "-metadata", `title=${joining.title}`, "-f", "webm", `file:${to}`],
  ], options);
  await Deno.remove(whole);
}

async function joinIvf(
  rendered: readonly Rendered[],
  { rate }: Screen,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  using out = await Deno.open(to, { write: true, create: true, truncate: true });
  let frames = 0;
  for (const [index, { path, segment }] of rendered.entries()) {
    signal.throwIfAborted();
    const bytes = await Deno.readFile(path!);
    const view = new DataView(bytes.buffer);
    // Ticks of frames: what each segment counted from 0 goes on.
    view.setUint32(16, rate.num, true);
    view.setUint32(20, rate.den, true);
    let count = 0;
    for (let at = FILE_HEAD; at + FRAME_HEAD <= bytes.length; count++) {
      const size = view.getUint32(at, true);
      view.setBigUint64(at + 4, BigInt(frames + count), true);
      at += FRAME_HEAD + size;
    }
    if (count !== segment.frames) {
      throw new Error(`A piece of the film has ${count} frames where ${segment.frames} were counted.`);
    }
    frames += count;
    const part = index === 0 ? bytes : bytes.subarray(FILE_HEAD);
    for (let written = 0; written < part.length;) written += await out.write(part.subarray(written));
  }
}
