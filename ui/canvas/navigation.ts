import { signal } from "@preact/signals";

/**
 * How the mouse moves the canvas. `box`: dragging draws a box around nodes, two fingers or the middle button pan, Ctrl and the wheel zoom.
 * `hand`: dragging pans, the wheel zooms, Shift draws the box; as in ComfyUI.
 */
export type Navigation = "box" | "hand";

const stored = (key: string) => globalThis.localStorage?.getItem(key) ?? null;

export const navigation = signal<Navigation>(stored("navigation") === "hand" ? "hand" : "box");
/** Nodes come to rest on a grid. */
export const snapping = signal(stored("snap") === "on");

/** Canvas pixels. */
export const GRID = 24;

export function toggleNavigation(): void {
  navigation.value = navigation.value === "box" ? "hand" : "box";
  localStorage.setItem("navigation", navigation.value);
}

export function toggleSnapping(): void {
  snapping.value = !snapping.value;
  localStorage.setItem("snap", snapping.value ? "on" : "off");
}
