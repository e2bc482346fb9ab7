import { signal } from "@preact/signals";
import { isGenerating } from "../../../shared/canvas/graph.ts";
import { ACTIONS } from "../actions.ts";
import type { Workspace } from "../workspace.ts";

export interface MenuEntry {
  id: string;
  label: string;
  /** As the action table writes them. */
  keys?: string | undefined;
  /** Of what is switched: whether it is on. */
  on?: boolean | undefined;
  run: () => void;
}

/** The menu that is open, at a place of the screen; what had the focus gets it back. */
export const openMenu = signal<
  { label: string; x: number; y: number; entries: readonly MenuEntry[]; back: Element | null } | null
>(null);

/** Opens a menu where the pointer is, or at what has the focus when a key asked for it. */
export function showMenu(event: MouseEvent, label: string, entries: readonly MenuEntry[]): void {
  event.preventDefault();
  event.stopPropagation();
  const box = (event.currentTarget as Element | null)?.getBoundingClientRect();
  const byKey = event.clientX === 0 && event.clientY === 0;
  open(label, entries, byKey && box ? below(box) : { x: event.clientX, y: event.clientY });
}

function open(label: string, entries: readonly MenuEntry[], at: { x: number; y: number }): void {
  if (entries.length === 0) return;
  openMenu.value = { label, entries, ...at, back: document.activeElement };
}

function below({ left, top }: DOMRect): { x: number; y: number } {
  return { x: left + 12, y: top + 24 };
}

/** What a node's menu offers, in this order; the table says what fits the selection. */
const FOR_NODES = [
  "generate",
  "diagnostics",
  "bypass",
  "mute",
  "rename",
  "publish",
  "take_newer",
  "lock",
  "unlock",
  "break_lock",
  "copy",
  "duplicate",
  "group",
  "ungroup",
  "fold",
  "delete",
];

function entriesOf(workspace: Workspace): MenuEntry[] {
  return FOR_NODES.flatMap((name) => {
    const action = ACTIONS.find((each) => each.id === name);
    if (!action || !(action.when?.(workspace) ?? true)) return [];
    // The key may be pressed with anything selected; a menu offers what does something.
    if (name === "generate" && !makesTakes(workspace)) return [];
    return [{
      id: name,
      label: action.label,
      keys: action.keys?.[0],
      on: action.on?.(workspace),
      run: () => action.run(workspace),
    }];
  });
}

function makesTakes({ document: doc, selection }: Workspace): boolean {
  return [...selection.value].some((id) => {
    const node = doc.node(id).value;
    return node !== null && isGenerating(node);
  });
}

function titleOf({ document: doc, selection }: Workspace): string {
  const [id] = selection.value;
  if (selection.value.size > 1) return `${selection.value.size} nodes`;
  return (id ? doc.node(id).value?.title : undefined) ?? "Node";
}

/** The menu of a node, or of everything that is selected with it. */
export function nodeMenu(workspace: Workspace, event: MouseEvent, id: string): void {
  if (!workspace.selection.value.has(id)) workspace.selection.value = new Set([id]);
  showMenu(event, titleOf(workspace), entriesOf(workspace));
}

/** The same by a key: at the selected node, when it is on the screen. */
export function menuOfSelection(workspace: Workspace): void {
  const box = document.querySelector(".react-flow__node.selected")?.getBoundingClientRect();
  open(
    titleOf(workspace),
    entriesOf(workspace),
    box ? below(box) : { x: innerWidth / 2, y: innerHeight / 3 },
  );
}
