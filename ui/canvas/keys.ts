import { ACTIONS } from "./actions.ts";
import { isTyping } from "./typing.ts";
import type { Workspace } from "./workspace.ts";

/** The one key dispatcher: an action runs unless a person is typing; the browser keeps what no action wants. */
export function listenForKeys(workspace: Workspace): () => void {
  const heard = (event: KeyboardEvent) => {
    if (
      event.defaultPrevented || event.isComposing || isTyping(event.target) ||
      document.querySelector("dialog[open]")
    ) return;
    const pressed = keysOf(event);
    if (pressed === "Enter" && isPressed(event.target)) return;
    const action = ACTIONS.find((each) => !each.byBrowser && each.keys?.includes(pressed));
    if (!action || !(action.when?.(workspace) ?? true)) return;
    // Tab moves the focus for whoever goes by keyboard; on the canvas it adds.
    if (
      pressed === "Tab" && document.activeElement !== document.body &&
      !document.activeElement?.closest(".middle")
    ) return;
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
