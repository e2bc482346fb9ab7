/**
 * The wipes that are drawn, by their SMPTE 258M number. `order` says when a point of the picture turns to the incoming one:
 * at 0 first, towards 1 last; x and y run from 0 to 1 from the top left corner.
 */
export interface Wipe {
  pattern: number;
  label: string;
  order: (x: number, y: number) => number;
}

export const WIPES: readonly Wipe[] = [
  { pattern: 1, label: "Left to right", order: (x) => x },
  { pattern: 2, label: "Top to bottom", order: (_, y) => y },
  { pattern: 3, label: "Box from the top left", order: (x, y) => Math.max(x, y) },
  { pattern: 4, label: "Box from the top right", order: (x, y) => Math.max(1 - x, y) },
  { pattern: 5, label: "Box from the bottom right", order: (x, y) => Math.max(1 - x, 1 - y) },
  { pattern: 6, label: "Box from the bottom left", order: (x, y) => Math.max(x, 1 - y) },
  { pattern: 21, label: "Barn doors, sideways", order: (x) => Math.abs(2 * x - 1) },
  { pattern: 22, label: "Barn doors, up and down", order: (_, y) => Math.abs(2 * y - 1) },
  { pattern: 41, label: "Diagonal from the top left", order: (x, y) => (x + y) / 2 },
  { pattern: 42, label: "Diagonal from the top right", order: (x, y) => (1 - x + y) / 2 },
  {
    pattern: 101,
    label: "Rectangle from the middle",
    order: (x, y) => Math.max(Math.abs(2 * x - 1), Math.abs(2 * y - 1)),
  },
  {
    pattern: 102,
    label: "Diamond from the middle",
    order: (x, y) => (Math.abs(2 * x - 1) + Math.abs(2 * y - 1)) / 2,
  },
  {
    pattern: 119,
    label: "Oval from the middle",
    order: (x, y) => Math.hypot(2 * x - 1, 2 * y - 1) / Math.SQRT2,
  },
  { pattern: 201, label: "Clock, from twelve", order: clock },
];

/** undefined: it is not one that is drawn. */
export function wipeOf(pattern: number): Wipe | undefined {
  return WIPES.find((each) => each.pattern === pattern);
}

/** How far a dissolve or wipe of so many frames is at its frame `index`, between 0 and 1 and never either of them. */
export function mixAt(index: number, frames: number): number {
  return (index + 1) / (frames + 1);
}

/** Turns with the hand of a clock; the picture counts as square. */
function clock(x: number, y: number): number {
  const turn = Math.atan2(x - 0.5, 0.5 - y) / (2 * Math.PI);
  return turn < 0 ? turn + 1 : turn;
}
