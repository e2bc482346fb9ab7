/** The parts of the canvas page that F6 goes through, as CSS selectors. React Flow has classes `left` and `right` of its own. */
const PARTS = [
  "#canvas",
  "aside.right",
  ".dock",
  ".topbar",
  "aside.left",
] as const;

const REACHABLE =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';

export function focusCanvas(): void {
  document.getElementById("canvas")?.focus({ preventScroll: true });
}

/** The first thing in a part of the page that can have the focus, a field before a button. False when there is none. */
export function focusIn(selector: string, prefer: string = REACHABLE): boolean {
  const part = document.querySelector<HTMLElement>(selector);
  if (!part) return false;
  const found = part.matches('[tabindex="0"]') ? part : reachable(part, prefer) ?? reachable(part, REACHABLE);
  found?.focus();
  return Boolean(found);
}

/** As {@link focusIn}, when it is drawn: a panel may be on its way. After a second whatever is there must do. */
export function focusSoon(selector: string, wanted: string, frames = 60): void {
  const part = document.querySelector<HTMLElement>(selector);
  const found = part && reachable(part, wanted);
  if (found) return found.focus();
  if (frames > 0) requestAnimationFrame(() => focusSoon(selector, wanted, frames - 1));
  else focusIn(selector);
}

function reachable(part: HTMLElement, selector: string): HTMLElement | null {
  return [...part.querySelectorAll<HTMLElement>(selector)].find((each) =>
    each.tabIndex >= 0 && each.checkVisibility() && !each.matches(":disabled")
  ) ?? null;
}

/** F6: on to the next part of the page, or back. */
export function nextPart(back: boolean): void {
  const here = PARTS.findIndex((selector) => document.activeElement?.closest(selector));
  for (let step = 1; step <= PARTS.length; step++) {
    const index = (Math.max(here, 0) + (back ? -step : step) + PARTS.length) % PARTS.length;
    if (focusIn(PARTS[index]!)) return;
  }
}

/** Whether keys mean the canvas: it has the focus, or nothing has. */
export function onCanvas(): boolean {
  const { activeElement } = document;
  return !activeElement || activeElement === document.body || activeElement.id === "canvas";
}
