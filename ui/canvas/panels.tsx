import { PanelLeft, PanelRight } from "../components/icons.ts";
import { type Signal, signal } from "@preact/signals";

/** Screen pixels below which the panels leave the canvas its room, until somebody asks for them: a tablet. */
const NARROW = 1100;

interface Panel {
  /** What a person calls it. */
  name: string;
  open: Signal<boolean>;
}

export type Side = "left" | "right";
export const PANELS: Readonly<Record<Side, Panel>> = {
  left: { name: "nodes and media", open: kept("left", innerWidth >= NARROW) },
  right: { name: "inspector", open: kept("right", true) },
};

/** As this person had it on this browser. */
function kept(side: Side, otherwise: boolean): Signal<boolean> {
  const before = localStorage.getItem(`panel-${side}`);
  return signal(before === null ? otherwise : before === "open");
}

export function togglePanel(side: Side): void {
  const { open } = PANELS[side];
  open.value = !open.value;
  localStorage.setItem(`panel-${side}`, open.value ? "open" : "closed");
}

/** For the grid of the page: which of its columns there are. */
export function panelClasses(canEdit: boolean): string {
  const shut = (["left", "right"] as const).filter((side) =>
    !PANELS[side].open.value || (side === "left" && !canEdit)
  );
  return shut.map((side) => `no-${side}`).join(" ");
}

/** In a corner of the canvas: opens and closes the panel beside it. */
export function PanelToggle({ side }: { side: Side }) {
  const { name, open } = PANELS[side];
  const Icon = side === "left" ? PanelLeft : PanelRight;
  const label = open.value ? `Hide the ${name}` : `Show the ${name}`;
  return (
    <button
      type="button"
      class={`button icon panel-toggle at-${side}`}
      aria-expanded={open.value}
      aria-label={label}
      title={`${label} (${side === "left" ? "[" : "]"})`}
      onClick={() => togglePanel(side)}
    >
      <Icon size={16} />
    </button>
  );
}
