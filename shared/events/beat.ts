/**
 * What every WebSocket of the studio says now and then, beside its own words: the line is alive. A browser hears nothing of a socket's
 * pings, and one whose other end is gone stays open for it until it is told. Whoever hears nothing for {@link SILENT_AFTER_MS} opens
 * it anew; whoever does not care skips it.
 */
export const BEAT = '{"type":"beat"}';
/** Milliseconds between two. */
export const BEAT_MS = 5_000;
/** Milliseconds; three in a row were lost. */
export const SILENT_AFTER_MS = 16_000;

export function isBeat(data: unknown): boolean {
  return data === BEAT;
}
