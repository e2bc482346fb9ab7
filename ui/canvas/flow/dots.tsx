import { useMemo, useRef } from "preact/hooks";
import { type Seen, useViewportWatch } from "./use_viewport_watch.ts";

/** Canvas pixels from dot to dot. */
const GAP = 24;
/** Screen pixels: nearer to each other, dots would be a grey. */
const LEAST = 12;

/** The dots behind everything. They are painted once for each zoom and only shifted while the canvas moves. */
export function Dots() {
  const layer = useRef<HTMLDivElement>(null);
  const watch = useMemo(() => {
    let last = 0;
    return ({ x, y, zoom }: Seen) => {
      const style = layer.current?.style;
      if (!style) return;
      let gap = GAP * zoom;
      while (gap < LEAST) gap *= 2;
      if (gap !== last) style.setProperty("--gap", `${last = gap}px`);
      style.transform = `translate(${rest(x, gap)}px, ${rest(y, gap)}px)`;
    };
  }, []);
  useViewportWatch(watch);
  return <div ref={layer} class="dots" aria-hidden="true" />;
}

function rest(offset: number, gap: number): number {
  return ((offset % gap) + gap) % gap;
}
