/** A mistake of whoever typed the command: one sentence, no stack. */
export class StudioError extends Error {
  override name = "StudioError";
}
