/** Small real pictures and films, drawn by ffmpeg: what the server answers can be decoded. */

export interface Picture {
  width: number;
  height: number;
  seed: number;
}

export async function png({ width, height, seed }: Picture): Promise<Uint8Array> {
  return await made([
    "-i",
    source({ width, height, seed }),
    "-frames:v",
    "1",
    "-f",
    "image2pipe",
    "-c:v",
    "png",
  ]);
}

const previews = new Map<string, Promise<Uint8Array>>();

/** Drawn once: previews are many and quick. */
export function jpeg(picture: Picture): Promise<Uint8Array> {
  const key = JSON.stringify(picture);
  const known = previews.get(key) ?? drawJpeg(picture);
  previews.set(key, known);
  return known;
}

async function drawJpeg({ width, height, seed }: Picture): Promise<Uint8Array> {
  return await made([
    "-i",
    source({ width, height, seed }),
    "-frames:v",
    "1",
    "-f",
    "image2pipe",
    "-c:v",
    "mjpeg",
  ]);
}

export async function mp4(film: Picture & { frames: number; fps: number }): Promise<Uint8Array> {
  const file = await Deno.makeTempFile({ suffix: ".mp4" });
  try {
    // The index is at the end, as ComfyUI writes it: a film that is cut off can't be read.
    await made([
      ...["-i", source(film), "-frames:v", String(film.frames)],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-f", "mp4", "-y"],
    ], file);
    return await Deno.readFile(file);
  } finally {
    await Deno.remove(file);
  }
}

function source({ width, height, seed, fps = 24 }: Picture & { fps?: number }): string {
  return `testsrc2=s=${width}x${height}:r=${fps},hue=h=${seed % 360}`;
}

async function made(args: string[], file = "pipe:1"): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-hide_banner", "-nostdin", "-loglevel", "error", "-f", "lavfi", ...args, file],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout;
}
