import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { announced } from "./announce.ts";
import { focusCanvas } from "./parts.ts";

/** The canvas as one thing that has the focus: its keys go about within it, and what they come to is said. */
export function CanvasArea({ children }: { children: ComponentChildren }) {
  useEffect(focusCanvas, []);
  return (
    <>
      <div
        id="canvas"
        role="application"
        tabIndex={0}
        aria-label="Canvas"
        aria-describedby="canvas-keys"
      >
        {children}
      </div>
      <p id="canvas-keys" class="unseen">
        Arrows go from node to node, Tab adds one, C connects, F6 goes on to the other parts of the page. A
        question mark lists all keys.
      </p>
      <p class="unseen" role="status">{announced.value}</p>
    </>
  );
}
