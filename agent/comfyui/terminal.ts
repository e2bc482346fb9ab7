import type { ComfyClient } from "./client.ts";

/** Milliseconds between two looks at what ComfyUI prints. */
const EVERY_MS = 8_000;

/**
 * Follows what ComfyUI prints while a job runs, as its own interface does (`/internal/logs/raw`). Only what is new since the job
 * began: lines before it may be of others' work. A version that has no such door says nothing.
 */
export async function followTerminal(
  client: Pick<ComfyClient, "printed">,
  say: (text: string) => void,
  everyMs: number = EVERY_MS,
): Promise<AsyncDisposable> {
  const before = await client.printed().catch(() => null);
  if (before === null) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  let last = before.at(-1);
  let looking: Promise<void> = Promise.resolve();
  async function look(): Promise<void> {
    const lines = await client.printed().catch(() => null);
    if (!lines?.length) return;
    const known = last ? lines.findLastIndex(({ at, text }) => at === last!.at && text === last!.text) : -1;
    last = lines.at(-1);
    say(lines.slice(known + 1).map(({ text }) => text).join(""));
  }
  const timer = setInterval(() => looking = looking.then(look), everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
      // The last words are why one asks.
      await look();
    },
  };
}
