/** Takes lie in two columns: arrows go from one to the next. What else was pressed is not for them. */
export function galleryKeys(event: KeyboardEvent & { currentTarget: EventTarget & HTMLElement }): void {
  const takes = [...event.currentTarget.querySelectorAll<HTMLElement>(".take")];
  const here = takes.indexOf(event.target as HTMLElement);
  const row = getComputedStyle(event.currentTarget).gridTemplateColumns.split(" ").length;
  const to: Record<string, number> = {
    ArrowRight: here + 1,
    ArrowLeft: here - 1,
    ArrowDown: here + row,
    ArrowUp: here - row,
    Home: 0,
    End: takes.length - 1,
  };
  const next = takes[to[event.key] ?? -1];
  if (here < 0 || !(event.key in to)) return;
  event.preventDefault();
  next?.focus();
}
