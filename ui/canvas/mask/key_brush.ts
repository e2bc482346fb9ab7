import { type Dab, dabsBetween } from "./brush.ts";
import type { Surface } from "./surface.ts";
import type { ToolState } from "./tools.ts";

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The brush without a pointer. */
export interface KeyBrush {
  /** Arrows move it by half its size, with Shift they paint, with Alt they go pixel by pixel; Enter paints where it is. */
  press(event: KeyboardEvent): { x: number; y: number } | null;
}

/** Starts in the middle of the picture. The answer is where it is now, in pixels of the mask; null when the key is none of its own. */
export function createKeyBrush(surface: Surface, tools: ToolState): KeyBrush {
  const { width, height } = surface.canvas;
  let spot = { x: Math.round(width / 2), y: Math.round(height / 2) };
  const dab = (): Dab => ({ ...spot, radius: tools.size.value / 2 });
  const paint = (dabs: readonly Dab[]) => {
    surface.dab(dabs, { kind: tools.kind.value, hardness: tools.hardness.value });
    surface.endStroke();
  };
  return {
    press(event) {
      if (event.ctrlKey || event.metaKey) return null;
      const way = ARROWS[event.key];
      if (!way && event.key !== "Enter") return null;
      event.preventDefault();
      const before = dab();
      const step = event.altKey ? 1 : Math.max(1, Math.round(tools.size.value / 2));
      if (way) {
        spot = {
          x: Math.min(width, Math.max(0, spot.x + way[0] * step)),
          y: Math.min(height, Math.max(0, spot.y + way[1] * step)),
        };
      }
      if (!way) paint([before]);
      else if (event.shiftKey) paint([before, ...dabsBetween(before, dab())]);
      return spot;
    },
  };
}
