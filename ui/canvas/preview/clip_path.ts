/** A wipe as the browser cuts it: the incoming picture where `order` of the EDL room's wipe is below `at` (0 to 1). */
export function clipPathOf(pattern: number, at: number): string {
  const rest = percent(1 - at);
  const half = percent((1 - at) / 2);
  switch (pattern) {
    case 1:
      return `inset(0 ${rest} 0 0)`;
    case 2:
      return `inset(0 0 ${rest} 0)`;
    case 3:
      return `inset(0 ${rest} ${rest} 0)`;
    case 4:
      return `inset(0 0 ${rest} ${rest})`;
    case 5:
      return `inset(${rest} 0 0 ${rest})`;
    case 6:
      return `inset(${rest} ${rest} 0 0)`;
    case 21:
      return `inset(0 ${half})`;
    case 22:
      return `inset(${half} 0)`;
    case 41:
      return polygon([[0, 0], [2 * at, 0], [0, 2 * at]]);
    case 42:
      return polygon([[1, 0], [1 - 2 * at, 0], [1, 2 * at]]);
    case 101:
      return `inset(${half})`;
    case 102:
      return polygon([[0.5, 0.5 - at], [0.5 + at, 0.5], [0.5, 0.5 + at], [0.5 - at, 0.5]]);
    case 119:
      return `ellipse(${percent(at / Math.SQRT2)} ${percent(at / Math.SQRT2)} at 50% 50%)`;
    case 201:
      return polygon(hand(at));
    default:
      return "none";
  }
}

/** The face of a clock that its hand has passed. */
function hand(at: number): [number, number][] {
  const steps = Math.max(1, Math.ceil(at * 32));
  const rim = Array.from({ length: steps + 1 }, (_, i): [number, number] => {
    const turn = (at * i * 2 * Math.PI) / steps;
    return [0.5 + Math.sin(turn), 0.5 - Math.cos(turn)];
  });
  return [[0.5, 0.5], ...rim];
}

function polygon(points: readonly (readonly [number, number])[]): string {
  return `polygon(${points.map(([x, y]) => `${percent(x)} ${percent(y)}`).join(", ")})`;
}

function percent(value: number): string {
  return `${Number((value * 100).toFixed(3))}%`;
}
