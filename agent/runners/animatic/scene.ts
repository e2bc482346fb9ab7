import type { Card } from "./card.ts";
import { filter, type Font } from "../../media/mod.ts";

export interface Scene {
  /** Pixels, even. */
  width: number;
  height: number;
  /** Frames; 1 for a still. */
  frames: number;
  /** Rational, "24000/1001". */
  rate: string;
  /** Burnt in, counted by ffmpeg from the first frame; null for a still. */
  timecode: string | null;
  mono: Font;
  accent: string;
  /** Where the seeded landscape drifts to: -1, 0 or 1 on each axis. */
  drift: { x: number; y: number };
  /**
   * The background is the artist's start image: a slow push-in instead of a drift. One that is itself a card is
   * blurred, or two texts would lie over each other.
   */
  picture: "photograph" | "card" | null;
}

/** How much larger than the frame the background is, so that it can move. */
const ROOM = 1.1;

/**
 * The filter graph of a card: input 0 is the background. Everything that stands still is drawn once and repeated,
 * which is what makes two seconds of 1280x720 take about one.
 */
export function sceneGraph(card: Card, scene: Scene): string {
  const { width, height, rate } = scene;
  const still = scene.frames === 1;
  const repeat = ["loop=loop=-1:size=1:start=0", `setpts=N/(${rate})/TB`];
  const layer = [
    `color=c=black@0:s=${width}x${height}:r=${rate}`,
    // Planar: drawbox of ffmpeg 5.1 crashes on packed pictures when it replaces alpha.
    "format=yuva420p",
    "trim=end_frame=1",
    ...card.filters,
    ...repeat,
  ];
  const background = still ? stillBackground(scene) : movingBackground(scene, repeat);
  const chains = [
    `[0:v]${background.join(",")}[back]`,
    `${layer.join(",")}[text]`,
    `[back][text]overlay=shortest=0:eof_action=repeat${still ? "" : "[titled]"}`,
  ];
  if (still) return `${chains.join(";")},format=rgb24[out]`;

  const bar = Math.max(2, 2 * Math.round(height / 240));
  chains.push(
    `color=c=${scene.accent}:s=${width}x${bar}:r=${rate},format=yuv420p[bar]`,
    `[titled][bar]overlay=x='-w+w*(n+1)/${scene.frames}':y=${height - bar}:eval=frame[timed]`,
    `[timed]${timecode(card, scene)},format=yuv420p[out]`,
  );
  return chains.join(";");
}

function timecode(card: Card, scene: Scene): string {
  const { size, margin } = card.timecode;
  return filter("drawtext", {
    ...scene.mono,
    timecode: scene.timecode ?? "00:00:00:00",
    timecode_rate: scene.rate,
    fontsize: size,
    fontcolor: "white",
    box: 1,
    boxcolor: "black@0.55",
    boxborderw: Math.round(size * 0.4),
    x: `w-tw-${margin}-${Math.round(size * 0.4)}`,
    y: `h-${margin}-${Math.round(size * 0.9)}`,
  });
}

const TO_VIDEO = "out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1";

function stillBackground({ width, height, picture }: Scene): string[] {
  return [...cover(width, height), ...blur(picture)];
}

function cover(width: number, height: number): string[] {
  return [
    `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=bicubic:${TO_VIDEO}`,
    `crop=${width}:${height}`,
  ];
}

function blur(picture: Scene["picture"]): string[] {
  return picture === "card" ? ["gblur=sigma=60:steps=2"] : [];
}

function movingBackground(scene: Scene, repeat: string[]): string[] {
  const { width, height, frames, drift } = scene;
  if (scene.picture) {
    // zoompan moves by whole pixels of its input: twice the size halves the steps.
    return [
      ...cover(width * 2, height * 2),
      ...blur(scene.picture),
      `zoompan=z='1+0.08*on/${frames}':x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2':d=${frames}:s=${width}x${height}:fps=${scene.rate}`,
    ];
  }
  const along = (room: string, direction: number) =>
    direction === 0 ? `${room}/2` : direction > 0 ? `${room}*n/${frames}` : `${room}*(1-n/${frames})`;
  return [
    `scale=${even(width * ROOM)}:${even(height * ROOM)}:flags=bicubic:${TO_VIDEO}`,
    ...repeat,
    `crop=${width}:${height}:x='${along("(iw-ow)", drift.x)}':y='${along("(ih-oh)", drift.y)}'`,
  ];
}

function even(pixels: number): number {
  return 2 * Math.round(pixels / 2);
}
