import { signal } from "@preact/signals";

/** The gateway knows nobody here any more: the sign-in page is shown. */
export const signedOut = signal(false);
