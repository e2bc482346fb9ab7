import { ACTIONS } from "./actions.ts";
import { focusCanvas, onCanvas } from "./keyboard/parts.ts";
import { isTyping } from "./typing.ts";
import type { Workspace } from "./workspace.ts";

/** What no field wants, and is meant from within one, too: on to the next part, to generate what was just written, to all commands. */
const BESIDES_TYPING = /F6$|^Mod\+(Shift\+)?Enter$|^Mod\+k$/;

/** The one key dispatcher: an action runs unless a person is typing; the browser keeps what no action wants. */
export function listenForKeys(workspace: Workspace): () => void {
  const heard = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const pressed = keysOf(event);
    if (/^(Tab|Arrow|F6)/.test(event.key)) goesByKey(true);
    if (isTyping(event.target)) {
      // The field has taken back what was typed.
      if (pressed === "Escape") focusCanvas();
      if (!BESIDES_TYPING.test(pressed)) return;
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
  const pointed = () => goesByKey(false);
  addEventListener("keydown", heard);
  addEventListener("pointerdown", pointed, true);
  return () => {
    removeEventListener("keydown", heard);
    removeEventListener("pointerdown", pointed, true);
  };
}

/** Whether the canvas shows that it has the focus: a frame around the picture is only for who needs it. */
function goesByKey(does: boolean): void {
  document.documentElement.toggleAttribute("data-keys", does);
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
