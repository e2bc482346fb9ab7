import { useSignal } from "@preact/signals";
import { type RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** Takes side by side, and CSS pixels: between takes, and of the line below a picture with its borders. */
const COLUMNS = 2, GAP = 8, LINE = 31;
/** CSS pixels around all of it: see .gallery. */
const EDGE = 4;
/** Rows that are mounted above and below what is in sight. */
const BESIDE = 1;

/** A grid of cells of one size in a box that scrolls: of thousands, those in sight are there. */
export interface Shelf {
  columns: number;
  /** Rows in sight. */
  rows: number;
  /** Cells from `first` up to `last`, which is none of them. */
  first: number;
  last: number;
  /** CSS pixels of all rows. */
  height: number;
  /** Where a cell lies. */
  place(index: number): { left: string; top: string; width: string; height: string };
  /** Scrolls a cell into sight. */
  show(index: number): void;
}

export function useShelf(box: RefObject<HTMLElement | null>, total: number): Shelf {
  const size = useSignal({ width: 292, height: 480 });
  const top = useSignal(0);
  const width = (size.value.width - 2 * EDGE - GAP * (COLUMNS - 1)) / COLUMNS;
  const row = Math.round(width * 9 / 16) + LINE + GAP;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      const { clientWidth, clientHeight } = element;
      const { width, height } = size.peek();
      if (clientWidth !== width || clientHeight !== height) {
        size.value = { width: clientWidth, height: clientHeight };
      }
    };
    // A row more or less: what lies between draws nothing.
    const scrolled = () => void (top.value = Math.floor(element.scrollTop / row));
    measure();
    scrolled();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, [row, total === 0]);
  const rows = Math.max(1, Math.floor(size.value.height / row));
  return {
    columns: COLUMNS,
    rows,
    first: Math.max(0, (top.value - BESIDE) * COLUMNS),
    last: Math.min(total, (top.value + rows + 2 + BESIDE) * COLUMNS),
    height: Math.max(0, Math.ceil(total / COLUMNS) * row - GAP),
    place: (index) => ({
      left: `${(index % COLUMNS) * (width + GAP)}px`,
      top: `${Math.floor(index / COLUMNS) * row}px`,
      width: `${width}px`,
      height: `${row - GAP}px`,
    }),
    show(index) {
      const element = box.current;
      if (!element) return;
      const above = Math.floor(index / COLUMNS) * row, below = above + row - GAP;
      if (above < element.scrollTop) element.scrollTop = above;
      else if (below + 2 * EDGE > element.scrollTop + element.clientHeight) {
        element.scrollTop = below + 2 * EDGE - element.clientHeight;
      }
    },
  };
}
