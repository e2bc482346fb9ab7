import { type ReadonlySignal, useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { same } from "../../shared/canvas/live/same.ts";

/** What is computed from the canvas, drawn anew only when it says something else, and not with every change of the canvas. */
export function useSteady<T>(compute: () => T): ReadonlySignal<T> {
  const last = useRef<T | undefined>(undefined);
  return useComputed(() => {
    const next = compute();
    return last.current = last.current !== undefined && same(last.current, next) ? last.current : next;
  });
}
