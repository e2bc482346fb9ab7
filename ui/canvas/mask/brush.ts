/** A dab of the brush: centre and radius in pixels of the mask. */
export interface Dab {
  x: number;
  y: number;
  radius: number;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Part of the radius between two dabs: close enough that a soft edge shows no beads. */
const SPACING = 0.15;

/** The dabs between two points of a stroke, without the first, with the last; the radius goes evenly from one to the other. */
export function dabsBetween(from: Dab, to: Dab): Dab[] {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const step = Math.max(0.5, Math.min(from.radius, to.radius) * SPACING);
  const count = Math.max(1, Math.ceil(distance / step));
  return Array.from({ length: count }, (_, index) => {
    const part = (index + 1) / count;
    return {
      x: from.x + (to.x - from.x) * part,
      y: from.y + (to.y - from.y) * part,
      radius: from.radius + (to.radius - from.radius) * part,
    };
  });
}

/** A pen's pressure as part of the radius; a mouse has none and paints whole. */
export function pressed(size: number, event: { pointerType: string; pressure: number }): number {
  const part = event.pointerType === "pen" ? Math.max(0.05, event.pressure) : 1;
  return Math.max(0.5, size / 2 * part);
}

/** The whole pixels that dabs can touch, within a picture; null when they miss it. */
export function touched(dabs: readonly Dab[], within: { width: number; height: number }): Rect | null {
  const left = Math.max(0, Math.floor(Math.min(...dabs.map((dab) => dab.x - dab.radius)) - 1));
  const top = Math.max(0, Math.floor(Math.min(...dabs.map((dab) => dab.y - dab.radius)) - 1));
  const right = Math.min(within.width, Math.ceil(Math.max(...dabs.map((dab) => dab.x + dab.radius)) + 1));
  const bottom = Math.min(within.height, Math.ceil(Math.max(...dabs.map((dab) => dab.y + dab.radius)) + 1));
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

export function union(a: Rect | null, b: Rect | null): Rect | null {
  if (!a || !b) return a ?? b;
  const x = Math.min(a.x, b.x), y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}
