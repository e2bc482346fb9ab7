import { signal } from "@preact/signals";
import { ApiError } from "../api.ts";

export interface Toast {
  id: number;
  sentence: string;
  level: "info" | "broken";
  action?: { label: string; run: () => void };
}
export const toasts = signal<Toast[]>([]);
let next = 1;

export function say(
  sentence: string,
  options: { level?: Toast["level"]; action?: Toast["action"] } = {},
): void {
  const id = next++;
  const toast: Toast = {
    id,
    sentence,
    level: options.level ?? "info",
    ...(options.action ? { action: options.action } : {}),
  };
  toasts.value = [...toasts.value.slice(-3), toast];
  setTimeout(() => dismiss(id), options.level === "broken" ? 12_000 : 6_000);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Runs what a person asked for; what goes wrong is said, and `undefined` is the answer. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) console.error(error);
    // The sign-in page says it.
    else if (error.status === 401) return undefined;
    say(error instanceof Error ? error.message : String(error), { level: "broken" });
    return undefined;
  }
}
