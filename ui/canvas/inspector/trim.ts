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

/** What a shot shows of a take of so many frames; a trim that was made for a longer one ends where this does. */
export function rangeIn(
  { trim_in, trim_out }: { trim_in: number; trim_out?: number | undefined },
  total: number,
): Range {
  const end = Math.min(trim_out ?? total, total);
  return { first: Math.min(trim_in, end - 1), end };
}

/** The fields of the shot that show this range; null when it shows it already. To the last frame is no trim: it goes with the take. */
export function trimTo(
  { first, end }: Range,
  before: Range,
  total: number,
): { trim_in?: number; trim_out?: number | null } | null {
  const fields = {
    ...(first !== before.first ? { trim_in: first } : {}),
    ...(end !== before.end ? { trim_out: end === total ? null : end } : {}),
  };
  return Object.keys(fields).length ? fields : null;
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
