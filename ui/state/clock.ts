/**
 * The studio's time. A computer's own clock may be hours off; every answer of the studio says what time it is there, and how long ago
 * something was is measured by that.
 */
let offset = 0;
let known = false;

/** Milliseconds of difference that the header (whole seconds) and the way of an answer explain. */
const SLACK_MS = 2_000;

/** Takes in the `Date` header of an answer. */
export function hearDate(header: string | null, now = Date.now()): void {
  const said = header === null ? NaN : Date.parse(header);
  if (Number.isNaN(said)) return;
  const next = said - now;
  // Once known it stays until the difference is a real one: times on the screen do not wobble.
  if (!known || Math.abs(next - offset) > SLACK_MS) offset = Math.abs(next) > SLACK_MS ? next : 0;
  known = true;
}

/** Milliseconds since 1970 by the studio's clock. */
export function studioNow(): number {
  return Date.now() + offset;
}
