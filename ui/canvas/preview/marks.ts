import type { Operation } from "../../../shared/canvas/operations.ts";
import { type Layer, seenAt } from "./layers.ts";

/** A mark that is set: what to do, or why it cannot be, and where the film stands after it. */
export type Mark = { operation: Operation; label: string; frame: number } | { refused: string };

/**
 * Trims the shot that is seen at `frame` to begin, or to end, with what is seen. Played backwards, its beginning is the later frame of
 * the take.
 */
export function markAt(layer: Layer | null, frame: number, which: "in" | "out"): Mark {
  const shot = layer?.reel?.shot;
  const seen = layer && seenAt(layer, frame);
  if (!layer || !shot || !seen) {
    return { refused: "There is no shot here; marks trim the shot that is seen." };
  }
  const speed = layer.reel?.still ? 100 : shot.speed ?? 100;
  const label = which === "in" ? `Mark in of ${shot.title}` : `Mark out of ${shot.title}`;
  const inside = frame - layer.start;
  const set = layer.reel?.still || speed === 0
    // What is held has one frame: the mark says for how long.
    ? which === "in"
      ? { trim_in: shot.trim_in + (layer.reel?.still ? inside : 0) }
      : { trim_out: shot.trim_in + inside + 1 }
    : (which === "in") === (speed > 0)
    ? { trim_in: seen.frame }
    : { trim_out: seen.frame + 1 };
  if (which === "in" && speed === 0 && !layer.reel?.still) {
    return { refused: `${shot.title} holds one frame; trim it in its panel, or give it a speed.` };
  }
  const first = set.trim_in ?? shot.trim_in;
  const end = set.trim_out ?? shot.trim_out;
  if (end !== undefined && end <= first) return { refused: "That would leave nothing of the shot." };
  return {
    operation: { op: "update_node", id: shot.id, set },
    label,
    frame: which === "in" ? layer.start : frame,
  };
}
