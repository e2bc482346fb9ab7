import { useEffect, useRef } from "preact/hooks";
import type { Operation } from "../../../shared/canvas/operations.ts";
import type { PortType } from "../../../shared/canvas/ports.ts";
import { useWorkspace } from "../workspace.ts";

/** A wire that was dropped on a folded group where several nodes inside could take it. */
export interface PortOffer {
  /** Pixels of the canvas area. */
  screen: { x: number; y: number };
  group: string;
  choices: { label: string; type: PortType; operations: Operation[] }[];
}

/** Asks for which node inside a wire is meant. */
export function PortMenu({ offer, close }: { offer: PortOffer; close: () => void }) {
  const { document: doc } = useWorkspace();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    menu.current?.querySelector("button")?.focus();
    const outside = (event: PointerEvent) => !menu.current?.contains(event.target as Node) && close();
    // Not the drop that opened it.
    const timer = setTimeout(() => addEventListener("pointerdown", outside), 0);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerdown", outside);
    };
  }, []);
  const go = (by: number) => {
    const buttons = [...menu.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div
      ref={menu}
      class="search port-menu nopan nodrag"
      role="menu"
      aria-label={`Where in ${offer.group}`}
      style={{ left: `${offer.screen.x}px`, top: `${offer.screen.y}px` }}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
        else if (event.key === "ArrowDown") go(1);
        else if (event.key === "ArrowUp") go(-1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {offer.choices.map(({ label, type, operations }) => (
        <button
          type="button"
          role="menuitem"
          key={label}
          class="palette-entry"
          data-type={type}
          onClick={() => {
            close();
            doc.apply("Connect", operations);
          }}
        >
          <i class="mark" />
          {label}
        </button>
      ))}
    </div>
  );
}
