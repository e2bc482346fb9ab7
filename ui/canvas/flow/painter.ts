/** Paints once before the next frame, however often it is asked to. */
export function oncePerFrame(paint: () => void): { ask(): void; stop(): void } {
  let asked = 0;
  return {
    ask: () =>
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        paint();
      }),
    stop: () => cancelAnimationFrame(asked),
  };
}

/** The canvas for this many CSS pixels, sharp on this screen; its size is set only when it is another. */
export function surface(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const columns = Math.round(width * ratio), rows = Math.round(height * ratio);
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
