import { Check } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { keyText } from "../palette/key_text.ts";
import { openMenu } from "./menu.ts";

export type Opened = NonNullable<typeof openMenu.value>;

/** The open menu. Arrows go through it, Escape leaves it, and so does a press anywhere else. */
export function OpenMenu({ label, x, y, entries, back }: Opened) {
  const list = useRef<HTMLDivElement>(null);
  const close = () => {
    openMenu.value = null;
    if (back instanceof HTMLElement) back.focus();
  };
  useLayoutEffect(() => {
    const box = list.current!;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 4))}px`;
    box.style.top = `${Math.max(4, Math.min(y, innerHeight - height - 4))}px`;
    box.querySelector("button")?.focus();
  }, []);
  const move = (event: KeyboardEvent) => {
    // What is a shortcut of the canvas is none in here.
    event.stopPropagation();
    const all = [...list.current!.querySelectorAll("button")];
    const here = all.indexOf(document.activeElement as HTMLButtonElement);
    const to: Record<string, number> = {
      ArrowDown: (here + 1) % all.length,
      ArrowUp: (here + all.length - 1) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key in to) all[to[event.key]!]?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div
      class="menu-veil"
      onPointerDown={(event) => event.target === event.currentTarget && close()}
      onContextMenu={(event) => {
        event.preventDefault();
        if (event.target === event.currentTarget) close();
      }}
    >
      <div ref={list} class="menu" role="menu" aria-label={label} onKeyDown={move}>
        {entries.map((entry) => (
          <button
            type="button"
            key={entry.id}
            role={entry.on === undefined ? "menuitem" : "menuitemcheckbox"}
            aria-checked={entry.on}
            onClick={() => {
              close();
              entry.run();
            }}
          >
            {entry.on && <Check size={14} />}
            {entry.label}
            {entry.keys && <small class="mono">{keyText(entry.keys)}</small>}
          </button>
        ))}
      </div>
    </div>
  );
}
