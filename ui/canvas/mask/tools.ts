import { type Signal, signal } from "@preact/signals";
import type { Surface } from "./surface.ts";
import type { View } from "./view.ts";

/** What is in the hand, and how the picture lies. */
export interface ToolState {
  kind: Signal<"brush" | "eraser">;
  /** Diameter in pixels of the mask. */
  size: Signal<number>;
  /** 0 to 1. */
  hardness: Signal<number>;
  view: Signal<View>;
  /** Show the whole picture again. */
  fit: Signal<number>;
}

export const SMALLEST = 1;
export const LARGEST = 800;

export function createTools(): ToolState {
  return {
    kind: signal<"brush" | "eraser">("brush"),
    size: signal(60),
    hardness: signal(0.8),
    view: signal<View>({ x: 0, y: 0, scale: 1 }),
    fit: signal(0),
  };
}

/** A tenth more or less, at least a pixel: even steps for the eye at every size. */
export function resize(tools: ToolState, up: boolean): void {
  const { value } = tools.size;
  const step = Math.max(1, Math.round(value / 10));
  tools.size.value = Math.min(LARGEST, Math.max(SMALLEST, up ? value + step : value - step));
}

/** The painter's own keys; the canvas behind it hears none of them while it is open. */
export function handleKey(event: KeyboardEvent, tools: ToolState, surface: Surface, save: () => void): void {
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (mod) {
    if (key === "z") event.shiftKey ? surface.redo() : surface.undo();
    else if (key === "y") surface.redo();
    else if (key === "s") save();
    else return;
  } else if (event.altKey) return;
  else if (key === "[" || key === "]") resize(tools, key === "]");
  else if (key === "b") tools.kind.value = "brush";
  else if (key === "e") tools.kind.value = "eraser";
  else if (key === "x") tools.kind.value = tools.kind.value === "brush" ? "eraser" : "brush";
  else if (key === "i") surface.invert();
  else if (key === "f") surface.fill(!event.shiftKey);
  else if (key === "0") tools.fit.value++;
  else return;
  event.preventDefault();
}
