/** Within a list of tabs or tools one is reached by Tab, the others from it by the arrows, Home and End. */
export function tabKeys(event: KeyboardEvent & { currentTarget: EventTarget & HTMLElement }): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"], [data-arrows]')];
  const here = all.indexOf(event.target as HTMLElement);
  if (here < 0) return;
  const to: Record<string, number> = {
    ArrowRight: (here + 1) % all.length,
    ArrowLeft: (here + all.length - 1) % all.length,
    Home: 0,
    End: all.length - 1,
  };
  const next = all[to[event.key] ?? -1];
  if (!next) return;
  event.preventDefault();
  next.focus();
  if (next.role === "tab") next.click();
}
