import { useEffect, useState } from "preact/hooks";
import type { Operations } from "../../shared/api/operations.ts";
import { ApiError, callAt } from "../api.ts";

/** Milliseconds between two looks, while the page can be seen. */
const EVERY_MS = 5_000;

export interface Figures {
  /** The last that came. */
  known: Operations | null;
  at: Date | null;
  /** Why there are no newer ones. */
  wrong: string | null;
}

/** The studio's figures, again every few seconds; a look that fails is followed by the next. */
export function useFigures(): Figures {
  const [figures, setFigures] = useState<Figures>({ known: null, at: null, wrong: null });
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looking = false;
    const look = async () => {
      if (looking) return;
      looking = true;
      clearTimeout(timer);
      const again = await lookOnce();
      looking = false;
      if (again && !over.signal.aborted && !document.hidden) timer = setTimeout(look, EVERY_MS);
    };
    /** False when there is no use in asking again. */
    const lookOnce = async (): Promise<boolean> => {
      try {
        const known = await callAt<Operations>("GET", "/api/operations", undefined, { signal: over.signal });
        setFigures({ known, at: new Date(), wrong: null });
        return true;
      } catch (error) {
        if (over.signal.aborted) return false;
        if (!(error instanceof ApiError)) console.error(error);
        const status = error instanceof ApiError ? error.status : 0;
        const wrong = status === 0 ? "The studio does not answer." : String((error as Error).message);
        setFigures((before) => ({ ...before, wrong }));
        // Whoever may not see this is told so once; whoever was signed out may come back.
        return status !== 403;
      }
    };
    const seen = () => document.hidden ? clearTimeout(timer) : void look();
    document.addEventListener("visibilitychange", seen);
    void look();
    return () => {
      over.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
  return figures;
}
