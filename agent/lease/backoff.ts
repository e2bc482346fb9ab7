export interface Backoff {
  /** Milliseconds: the first wait, and the longest. */
  baseMs: number;
  capMs: number;
}

export const GATEWAY_BACKOFF: Backoff = { baseMs: 1_000, capMs: 60_000 };

/**
 * Milliseconds to wait before try `attempt` (1 is the first repetition): doubling, capped, and spread over its upper
 * half, so that a fleet does not come back in one wave when its gateway does.
 */
export function backoffMs(attempt: number, backoff: Backoff, random: () => number = Math.random): number {
  const full = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + random() * full / 2;
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
