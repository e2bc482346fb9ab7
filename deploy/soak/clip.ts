import { join } from "@std/path";
import type { z } from "zod";
import { makeCodedClip } from "../../agent/media/testing.ts";
import type { MediaFacts } from "../../shared/agents/protocol.ts";
import type { GenerateSpec } from "../../shared/jobs/job.ts";
import { type RateName, RATES } from "../../shared/time/rate.ts";

export interface Clip {
  bytes: Uint8Array;
  media: z.infer<typeof MediaFacts>;
  /** A small JPEG of it. */
  still: Uint8Array;
}

/** Of one length: so many that look different, over a shot's takes. */
const KINDS = 6;

const clips = new Map<string, Promise<Clip>>();

/** A real clip as a job asks for it, whose frames are numbered; rendered once for all of its kind. */
export function clipOf(spec: z.infer<typeof GenerateSpec>, folder: string): Promise<Clip> {
  const frames = Number(spec.params.frames ?? 24);
  const width = Number(spec.params.width ?? spec.width), height = Number(spec.params.height ?? spec.height);
  const letters = [...spec.take.name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const kind = letters % KINDS;
  const key = `${width}x${height}-${frames}-${spec.fps}-${kind}`;
  const known = clips.get(key) ??
    render(join(folder, key), { width, height, frames, fps: spec.fps, first: 1 + kind * 500 });
  clips.set(key, known);
  return known;
}

async function render(
  path: string,
  { fps, ...size }: { width: number; height: number; frames: number; fps: RateName; first: number },
): Promise<Clip> {
  const rate = RATES[fps];
  await makeCodedClip({ ...size, to: `${path}.mp4`, rate });
  await ffmpeg(["-i", `${path}.mp4`, "-frames:v", "1", "-vf", "scale=64:-2", `${path}.jpg`]);
  const { width, height, frames } = size;
  return {
    bytes: await Deno.readFile(`${path}.mp4`),
    still: await Deno.readFile(`${path}.jpg`),
    media: {
      ...{ format: "mp4", codec: "h264", width, height, frames },
      rate: `${rate.num}/${rate.den}`,
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
