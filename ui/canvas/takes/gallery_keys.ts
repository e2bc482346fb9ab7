interface At {
  index: number;
  total: number;
  columns: number;
  /** Rows in sight. */
  rows: number;
}

/** Takes lie in columns: where a key leads from one of them. Null when it means nothing here, or there is nothing there. */
export function galleryStep(key: string, { index, total, columns, rows }: At): number | null {
  const to: Record<string, number> = {
    ArrowRight: index + 1,
    ArrowLeft: index - 1,
    ArrowDown: index + columns,
    ArrowUp: index - columns,
    PageDown: Math.min(total - 1, index + columns * rows),
    PageUp: Math.max(0, index - columns * rows),
    Home: 0,
    End: total - 1,
  };
  const next = to[key];
  return next === undefined || next < 0 || next >= total ? null : next;
}
