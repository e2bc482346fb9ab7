/** Frames of a clip side by side. */
const FRAMES = 6;

/**
 * Paints a clip's frames over a canvas's width, each as soon as it is read, and lets go of the clip. Where it cannot be read what was there
 * stays: the picture under it.
 */
export async function paintStrip(
  canvas: HTMLCanvasElement,
  url: string,
  stopped: AbortSignal,
): Promise<void> {
  const clip = document.createElement("video");
  clip.muted = true;
  clip.preload = "auto";
  const next = (event: string) =>
    new Promise<void>((resolve, reject) => {
      clip.addEventListener(event, () => resolve(), { once: true, signal: stopped });
      clip.addEventListener("error", () => reject(clip.error), { once: true, signal: stopped });
    });
  stopped.addEventListener("abort", () => letGo(clip), { once: true });
  const ready = next("loadeddata");
  clip.src = url;
  await ready;
  const pen = canvas.getContext("2d")!;
  const width = canvas.width / FRAMES, shape = clip.videoWidth / clip.videoHeight;
  // Each frame fills its place; what is too wide is cut at both sides.
  const cut = Math.min(clip.videoWidth, clip.videoHeight * (width / canvas.height));
  const high = Math.min(clip.videoHeight, clip.videoWidth / (width / canvas.height));
  for (let index = 0; index < FRAMES && Number.isFinite(shape); index++) {
    const there = next("seeked");
    clip.currentTime = clip.duration * ((index + 0.5) / FRAMES);
    await there;
    pen.drawImage(
      clip,
      (clip.videoWidth - cut) / 2,
      (clip.videoHeight - high) / 2,
      cut,
      high,
      index * width,
      0,
      width,
      canvas.height,
    );
  }
  letGo(clip);
}

function letGo(clip: HTMLVideoElement): void {
  clip.removeAttribute("src");
  clip.load();
}
