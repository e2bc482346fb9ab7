import { say } from "../../state/toasts.ts";
import { isTyping } from "../typing.ts";
import type { Workspace } from "../workspace.ts";

/** Milliseconds between two looks at where the studio's files are. */
const LOOK_MS = 120_000;
/** Milliseconds that nobody touches the page before it is loaded anew; none while it is hidden. */
const PAUSE_MS = 4_000;
/** What a page was loaded anew for last: once is enough. */
const LOADED_FOR = "store-page";

/** The part of a Content-Security-Policy that says where pictures may come from: the studio and its store. */
function storesIn(policy: string | null): string[] {
  const images = policy?.split(";").map((each) => each.trim()).find((each) => each.startsWith("img-src "));
  return images?.split(" ").filter((each) => each.includes("://")) ?? [];
}

/** Where the studio's files are by what a page is told that is loaded now; null: the studio does not answer. */
async function storesNow(): Promise<string[] | null> {
  const answer = await fetch(location.pathname, { cache: "no-store", headers: { accept: "text/html" } })
    .catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ? storesIn(answer.headers.get("content-security-policy")) : null;
}

/**
 * A page may fetch files from those places only that its Content-Security-Policy named when it was loaded. When the studio's files move to
 * another (deploy/studio), the page is loaded anew as soon as nobody works on it and all is stored: as a rule before anything is there
 * alone, at the latest when something from there was refused.
 */
export function followStore(workspace: Workspace): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let first: string[] | null = null;
  let touched = performance.now();
  let due = "";
  let refused = false;
  let asking = false;

  async function look(): Promise<void> {
    if (asking || due || signal.aborted) return;
    asking = true;
    const now = await storesNow();
    asking = false;
    if (!now || signal.aborted) return;
    first ??= now;
    if (now.every((each) => first!.includes(each))) return;
    if (sessionStorage.getItem(LOADED_FOR) === now.join(" ")) return;
    due = now.join(" ");
    if (refused) {
      say("The studio's files have moved. This page is loaded anew as soon as you pause.", {
        action: { label: "Now", run: () => location.reload() },
      });
    }
  }

  function renew(): void {
    if (!due || !isQuiet(workspace, touched)) return;
    sessionStorage.setItem(LOADED_FOR, due);
    location.reload();
  }

  document.addEventListener("securitypolicyviolation", (event) => {
    if (!/^(img|media|connect)-src/.test(event.effectiveDirective)) return;
    refused = true;
    void look();
  }, { signal });
  document.addEventListener("visibilitychange", () => void look().then(renew), { signal });
  for (const gesture of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    document.addEventListener(gesture, () => touched = performance.now(), {
      signal,
      passive: true,
      capture: true,
    });
  }
  const looking = setInterval(() => void look(), LOOK_MS);
  const renewing = setInterval(renew, 500);
  void look();
  return () => {
    stop.abort();
    clearInterval(looking);
    clearInterval(renewing);
  };
}

/** Nobody would lose anything: all is stored, nothing is on its way, nothing is open over the canvas, and nobody touches it. */
function isQuiet({ document: film, uploads, ...open }: Workspace, touched: number): boolean {
  const { comparing, looking, previewing, masking, palette, branching, wiring, renaming, search } = open;
  const busy = [comparing, looking, previewing, masking, palette, branching, wiring, renaming, search];
  return film.save.peek().kind === "saved" && uploads.list.peek().length === 0 &&
    !busy.some((each) => each.peek()) && !isTyping(document.activeElement) &&
    !document.querySelector("dialog[open]") &&
    (document.hidden || performance.now() - touched > PAUSE_MS);
}
