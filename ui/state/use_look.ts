import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api.ts";

/** Milliseconds between two looks, while the page can be seen. */
const EVERY_MS = 5_000;

export interface Look<T> {
  /** The last that came. */
  known: T | null;
  at: Date | null;
  /** Why there is nothing newer. */
  wrong: string | null;
}

/**
 * What the gateway says, again every few seconds and when `changes` does; a look that fails is followed by the next. Both are the same
 * things each time.
 */
export function useLook<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  changes?: ReadonlySignal<number>,
): Look<T> {
  const [look, setLook] = useState<Look<T>>({ known: null, at: null, wrong: null });
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [looking, late] = [false, false];
    const again = async () => {
      late = looking;
      if (looking) return;
      looking = true;
      clearTimeout(timer);
      const on = await lookOnce();
      looking = false;
      if (on && late) return void again();
      if (on && !over.signal.aborted && !document.hidden) timer = setTimeout(again, EVERY_MS);
    };
    /** False when there is no use in asking again. */
    const lookOnce = async (): Promise<boolean> => {
      try {
        const known = await ask(over.signal);
        setLook({ known, at: new Date(), wrong: null });
        return true;
      } catch (error) {
        if (over.signal.aborted) return false;
        if (!(error instanceof ApiError)) console.error(error);
        const status = error instanceof ApiError ? error.status : 0;
        const wrong = status === 0 ? "The studio does not answer." : String((error as Error).message);
        setLook((before) => ({ ...before, wrong }));
        // Whoever may not see this is told so once; whoever was signed out may come back.
        return status !== 403;
      }
    };
    const seen = () => document.hidden ? clearTimeout(timer) : void again();
    document.addEventListener("visibilitychange", seen);
    void again();
    let known = changes?.peek();
    const stop = changes?.subscribe((now) => {
      if (now !== known) void again();
      known = now;
    });
    return () => {
      stop?.();
      over.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [ask, changes]);
  return look;
}
