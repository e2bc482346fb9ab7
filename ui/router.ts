import { signal } from "@preact/signals";

/** The page's path: `/` (projects), `/p/<project>`, `/people`, `/usage` or `/runners`. */
export const path = signal(location.pathname);
addEventListener("popstate", () => path.value = location.pathname);

export function go(to: string): void {
  history.pushState(null, "", to);
  path.value = to;
}
