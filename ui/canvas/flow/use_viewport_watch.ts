import { useEffect } from "preact/hooks";
import { type ReactFlowState, useStoreApi } from "reactflow";

/** What is seen: where the canvas begins on the screen, how large it is drawn, and the room there is, in CSS pixels. */
export interface Seen {
  x: number;
  y: number;
  zoom: number;
  width: number;
  height: number;
}

export function seenIn({ transform: [x, y, zoom], width, height }: ReactFlowState): Seen {
  return { x, y, zoom, width, height };
}

/** Tells what is seen, at once and whenever it changes. Draws no component: a canvas that moves costs what moves with it. */
export function useViewportWatch(watch: (seen: Seen) => void): void {
  const store = useStoreApi();
  useEffect(() => {
    watch(seenIn(store.getState()));
    return store.subscribe((now, before) => {
      if (
        now.transform !== before.transform || now.width !== before.width || now.height !== before.height
      ) watch(seenIn(now));
    });
  }, [store, watch]);
}
