/** What of a take the film shows: frames of the take, the end not among them. */
export interface Range {
  first: number;
  end: number;
}

/** The beginning, the end, or both at once: a slip. */
export type Grip = "first" | "end" | "both";

/** A range whose grip was moved by so many frames, within the `total` that there are; one frame at least is left of it. */
export function moved({ first, end }: Range, grip: Grip, by: number, total: number): Range {
  const step = Math.round(by);
  if (grip === "first") return { first: Math.min(end - 1, Math.max(0, first + step)), end };
  if (grip === "end") return { first, end: Math.max(first + 1, Math.min(total, end + step)) };
  const slip = Math.max(-first, Math.min(total - end, step));
  return { first: first + slip, end: end + slip };
}

/** What a key does to a grip, in frames; null when it does nothing. */
export function keyStep(key: string, large: boolean): number | null {
  const step = large ? 10 : 1;
  const steps: Record<string, number> = {
    ArrowLeft: -step,
    ArrowDown: -step,
    ArrowRight: step,
    ArrowUp: step,
    PageDown: -10,
    PageUp: 10,
    Home: -Infinity,
    End: Infinity,
  };
  return steps[key] ?? null;
}
