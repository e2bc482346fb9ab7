import { join } from "@std/path";
import type { z } from "zod";
import type { MediaFacts } from "../../shared/agents/protocol.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { type RateName, RATES } from "../../shared/time/rate.ts";

export interface Clip {
  bytes: Uint8Array;
  media: z.infer<typeof MediaFacts>;
  /** A small JPEG of it. */
  still: Uint8Array;
}

const clips = new Map<string, Promise<Clip>>();

/** A real clip as a job asks for it, rendered once for all of its kind. */
export function clipOf(spec: z.infer<typeof GenerateSpec>, folder: string): Promise<Clip> {
  const frames = Number(spec.params.frames ?? 24);
  const width = Number(spec.params.width ?? spec.width), height = Number(spec.params.height ?? spec.height);
  const key = `${width}x${height}-${frames}-${spec.fps}`;
  if (!clips.has(key)) clips.set(key, render(join(folder, key), { width, height, frames, fps: spec.fps }));
  return clips.get(key)!;
}

async function render(
  path: string,
  { width, height, frames, fps }: { width: number; height: number; frames: number; fps: RateName },
): Promise<Clip> {
  const source = ["-f", "lavfi", "-i", `testsrc2=size=${width}x${height}:rate=${fps}`];
  await ffmpeg([
    ...source,
    "-frames:v",
    String(frames),
    "-pix_fmt",
    "yuv420p",
    "-c:v",
    "libx264",
    `${path}.mp4`,
  ]);
  await ffmpeg([...source, "-frames:v", "1", "-vf", "scale=64:-2", `${path}.jpg`]);
  return {
    bytes: await Deno.readFile(`${path}.mp4`),
    still: await Deno.readFile(`${path}.jpg`),
    media: {
      format: "mp4",
      codec: "h264",
      width,
      height,
      frames,
      rate: `${RATES[fps].num}/${RATES[fps].den}`,
      audio: false,
    },
  };
}

async function ffmpeg(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-y", "-v", "error", ...args],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The clip with a `free` box behind it (ISO 14496-12 8.1.2), which players pass over: no two takes are the same bytes. */
export function unique(clip: Uint8Array, more: number): Uint8Array<ArrayBuffer> {
  const box = new Uint8Array(clip.length + 24 + more);
  box.set(clip);
  new DataView(box.buffer).setUint32(clip.length, 24 + more);
  box.set(new TextEncoder().encode("free"), clip.length + 4);
  crypto.getRandomValues(box.subarray(clip.length + 8, clip.length + 24));
  return box;
}
