/**
 * What went wrong first. When closing what was open fails as well, a `using` wraps both (SuppressedError), and says of neither what it was.
 */
export function originalOf(error: unknown): unknown {
  return error instanceof SuppressedError ? originalOf(error.suppressed) : error;
}
