import { type ReadonlySignal, signal } from "@preact/signals";
import { type Dab, type Rect, touched, union } from "./brush.ts";

export interface Brush {
  kind: "brush" | "eraser";
  /** 0: soft from the middle on; 1: a hard edge. */
  hardness: number;
}

/**
 * The mask as it is painted: an opaque canvas from black (stays) to white (changes). Painting takes the lighter of mask and
 * brush, erasing the darker, so that a soft edge stays soft however often a stroke passes over it.
 */
export interface Surface {
  readonly canvas: HTMLCanvasElement;
  undoable: ReadonlySignal<boolean>;
  redoable: ReadonlySignal<boolean>;
  /** Counts changes, undone ones as well. */
  changes: ReadonlySignal<number>;
  dab(dabs: readonly Dab[], brush: Brush): void;
  /** The stroke has ended: one step of undo. */
  endStroke(): void;
  fill(white: boolean): void;
  invert(): void;
  /** A mask that was saved before, stretched to this one's size. No step of undo. */
  load(picture: CanvasImageSource): void;
  undo(): void;
  redo(): void;
  /** Whether anything would change. */
  isBlank(): boolean;
  png(): Promise<Blob>;
}

interface Step {
  rect: Rect;
  pixels: ImageData;
}

/** Bytes of pixels that are kept for undo. */
const HISTORY = 256 * 1024 ** 2;

export function createSurface(width: number, height: number): Surface {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const whole: Rect = { x: 0, y: 0, width, height };
  const undoable = signal(false);
  const redoable = signal(false);
  const changes = signal(0);
  const done: Step[] = [];
  let undone: Step[] = [];
  /** Where the stroke went so far, and the whole mask before it. */
  let stroke: { rect: Rect | null; before: ImageData } | null = null;
  paint("source-over", "#000");

  function paint(mode: GlobalCompositeOperation, colour: string): void {
    context.globalCompositeOperation = mode;
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
  }
  const read = (rect: Rect) => context.getImageData(rect.x, rect.y, rect.width, rect.height);
  function tell(): void {
    undoable.value = done.length > 0;
    redoable.value = undone.length > 0;
    changes.value++;
  }
  function keep(step: Step): void {
    undone = [];
    done.push(step);
    let bytes = done.reduce((sum, each) => sum + each.pixels.data.length, 0);
    while (bytes > HISTORY && done.length > 1) bytes -= done.shift()!.pixels.data.length;
    tell();
  }
  function swap(from: Step[], to: Step[]): void {
    const step = from.pop();
    if (!step || stroke) return;
    to.push({ rect: step.rect, pixels: read(step.rect) });
    context.putImageData(step.pixels, step.rect.x, step.rect.y);
    tell();
  }
  function change(act: () => void): void {
    const pixels = read(whole);
    act();
    keep({ rect: whole, pixels });
  }

  return {
    canvas,
    undoable,
    redoable,
    changes,
    dab(dabs, brush) {
      stroke ??= { rect: null, before: read(whole) };
      stroke.rect = union(stroke.rect, touched(dabs, whole));
      const [inner, outer] = brush.kind === "brush" ? ["#fff", "#000"] : ["#000", "#fff"];
      context.globalCompositeOperation = brush.kind === "brush" ? "lighten" : "darken";
      for (const { x, y, radius } of dabs) {
        const gradient = context.createRadialGradient(
          x,
          y,
          radius * Math.min(brush.hardness, 0.98),
          x,
          y,
          radius,
        );
        gradient.addColorStop(0, inner);
        gradient.addColorStop(1, outer);
        context.fillStyle = gradient;
        context.fillRect(x - radius, y - radius, radius * 2, radius * 2);
      }
    },
    endStroke() {
      const ended = stroke;
      stroke = null;
      if (!ended?.rect) return;
      const { rect, before } = ended;
      keep({ rect, pixels: part(before, rect) });
    },
    fill: (white) => change(() => paint("source-over", white ? "#fff" : "#000")),
    invert: () => change(() => paint("difference", "#fff")),
    load(picture) {
      paint("source-over", "#000");
      context.drawImage(picture, 0, 0, width, height);
    },
    undo: () => swap(done, undone),
    redo: () => swap(undone, done),
    isBlank() {
      const { data } = read(whole);
      for (let at = 0; at < data.length; at += 4) if (data[at]! > 0) return false;
      return true;
    },
    png: () =>
      new Promise((resolve, reject) =>
        canvas.toBlob(
          (blob) =>
            blob ? resolve(blob) : reject(new Error("This browser could not make a PNG of the mask.")),
          "image/png",
        )
      ),
  };
}

/** A rectangle of pixels that were read before. */
function part(from: ImageData, rect: Rect): ImageData {
  const pixels = new ImageData(rect.width, rect.height);
  for (let row = 0; row < rect.height; row++) {
    const start = ((rect.y + row) * from.width + rect.x) * 4;
    pixels.data.set(from.data.subarray(start, start + rect.width * 4), row * rect.width * 4);
  }
  return pixels;
}
