import { useEffect } from "preact/hooks";
import { useStoreApi } from "reactflow";
import { isTyping } from "../typing.ts";
import { useWorkspace } from "../workspace.ts";

/** Milliseconds that a view is left alone before it is remembered. */
const KEEP_AFTER_MS = 200;

/** What a hand does beside a press: where it leaves the view, and the keys it holds. Inside React Flow; draws nothing. */
export function Habits() {
  const workspace = useWorkspace();
  const store = useStoreApi();
  useEffect(() => {
    const { levels, project } = workspace;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** Until somebody does something the view is on its way to where it was left. */
    let touched = false;
    let { transform } = store.getState();
    const touch = () => touched = true;
    // However it moves: by hand, by a key, to something that was looked for. The inside of a group is not where a film opens.
    const stop = store.subscribe((now) => {
      if (now.transform === transform) return;
      transform = now.transform;
      clearTimeout(timer);
      if (!touched || levels.level.peek() !== null) return;
      timer = setTimeout(() => {
        const [x, y, zoom] = transform;
        if (levels.level.peek() === null) keep(`view/${project.peek().id}`, { x, y, zoom });
      }, KEEP_AFTER_MS);
    });
    // React Flow hears of the keys a moment later than of the press that goes with them.
    const pressed = ({ shiftKey, ctrlKey, metaKey }: PointerEvent) => {
      touch();
      const several = shiftKey || ctrlKey || metaKey;
      if (store.getState().multiSelectionActive !== several) {
        store.setState({ multiSelectionActive: several });
      }
    };
    // While Space is held the canvas is moved, also by who presses on a node.
    const held = (event: Event) => {
      touch();
      const space = event.type === "keydown" && (event as KeyboardEvent).code === "Space" &&
        !isTyping(event.target);
      store.getState().domNode?.classList.toggle("panning", space);
    };
    const listening = [["pointerdown", pressed], ["wheel", touch], ["keydown", held], ["keyup", held], [
      "blur",
      held,
    ]] as const;
    for (const [name, heard] of listening) {
      addEventListener(name, heard as EventListener, { capture: true, passive: true });
    }
    return () => {
      for (const [name, heard] of listening) {
        removeEventListener(name, heard as EventListener, { capture: true });
      }
      stop();
      clearTimeout(timer);
    };
  }, [workspace]);
  return null;
}

/** A browser that keeps nothing still shows the canvas. */
function keep(key: string, view: { x: number; y: number; zoom: number }): void {
  try {
    localStorage.setItem(key, JSON.stringify(view));
  } catch {
    // The view is found anew next time.
  }
}
