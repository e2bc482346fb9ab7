import { ACTIONS } from "./actions.ts";
import { focusCanvas, onCanvas } from "./keyboard/parts.ts";
import { isTyping } from "./typing.ts";
import type { Workspace } from "./workspace.ts";

/** The one key dispatcher: an action runs unless a person is typing; the browser keeps what no action wants. */
export function listenForKeys(workspace: Workspace): () => void {
  const heard = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const pressed = keysOf(event);
    if (isTyping(event.target)) {
      // The field has taken back what was typed.
      if (pressed === "Escape") focusCanvas();
      // A field wants no F6: it goes on as from everywhere.
      if (!pressed.endsWith("F6")) return;
    }
    if (pressed === "Enter" && isPressed(event.target)) return;
    // Tab moves the focus, and arrows go through a list, for whoever goes by keyboard; on the canvas they are its own.
    const action = ACTIONS.find((each) =>
      !each.byBrowser && each.keys?.includes(pressed) && (each.where !== "canvas" || onCanvas()) &&
      (each.when?.(workspace) ?? true)
    );
    if (!action) return;
    event.preventDefault();
    action.run(workspace);
  };
  addEventListener("keydown", heard);
  return () => removeEventListener("keydown", heard);
}

function keysOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return [
    event.ctrlKey || event.metaKey ? "Mod" : "",
    event.shiftKey ? "Shift" : "",
    event.altKey ? "Alt" : "",
    key,
  ]
    .filter(Boolean).join("+");
}

/** What Enter presses by itself. React Flow's nodes are called buttons, and are none. */
function isPressed(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    target.closest('button, a, summary, [role="button"]:not(.react-flow__node), [role="tab"]') !== null;
}
