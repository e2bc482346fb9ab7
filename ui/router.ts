import { signal } from "@preact/signals";

/** The page's path. Two pages: `/` (projects) and `/p/<project>`. */
export const path = signal(location.pathname);
addEventListener("popstate", () => path.value = location.pathname);

export function go(to: string): void {
  history.pushState(null, "", to);
  path.value = to;
}
