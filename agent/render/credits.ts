import { filter, type Fonts } from "../media/mod.ts";
import type { Screen } from "./screen.ts";

/** Lines in the height of the picture. */
const LINES = 14;

/**
 * Filters that roll lines over the picture from frame `at` of `frames` on: from below its foot until the last has left it. The
 * first is a heading.
 */
export function credits(
  lines: readonly string[],
  { at, frames }: { at: number; frames: number },
  screen: Screen,
  fonts: Fonts,
): string {
  const step = Math.max(8, Math.round(screen.height / LINES));
  const way = screen.height + lines.length * step;
  return lines.flatMap((line, index) => {
    const text = line.replace(/\p{C}/gu, " ").trim().slice(0, 120);
    if (!text) return [];
    const widest = (screen.width * 0.9) / (Math.max(4, [...text].length) * 0.6);
    const size = Math.max(6, Math.round(Math.min(step * (index === 0 ? 0.75 : 0.55), widest)));
    return [
      filter("drawtext", {
        ...(index === 0 ? fonts.bold : fonts.regular),
        ...{ text, expansion: "none", fontsize: size, fontcolor: "white", x: "(w-tw)/2" },
        // Whole pixels: letters that lie between two of them shimmer.
        y: `h+${index * step}-floor((n+${at}+1)*${way}/${frames})`,
      }),
    ];
  }).join(",");
}
