import { signal } from "@preact/signals";

/** Counts what was done on this page: the log reads itself anew. */
export const changes = signal(0);
