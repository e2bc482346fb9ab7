import { signal } from "@preact/signals";
import { attempt } from "../state/toasts.ts";

/** Counts what was done on this page: the log reads itself anew. */
export const changes = signal(0);

/** Does what the log tells of, and shows what is there then, also when it could not be done. */
export async function change(deed: () => Promise<unknown>, load: () => Promise<void>): Promise<void> {
  await attempt(deed);
  changes.value++;
  await load();
}
