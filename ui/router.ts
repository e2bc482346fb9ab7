import { signal } from "@preact/signals";

/** The page's path: `/` (projects), `/p/<project>` (main), `/p/<project>/b/<branch>`, `/people`, `/usage`, `/fleet`, `/runners` or `/operations`. */
// A test without a page has no location.
export const path = signal(globalThis.location?.pathname ?? "/");
addEventListener("popstate", () => path.value = location.pathname);

export function go(to: string): void {
  history.pushState(null, "", to);
  path.value = to;
}
