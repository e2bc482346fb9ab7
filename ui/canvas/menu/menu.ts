import { signal } from "@preact/signals";
import { ACTIONS } from "../actions.ts";
import type { Workspace } from "../workspace.ts";

export interface MenuEntry {
  id: string;
  label: string;
  /** As the action table writes them. */
  keys?: string | undefined;
  run: () => void;
}

/** The menu that is open, at a place of the screen; what had the focus gets it back. */
export const openMenu = signal<
  { label: string; x: number; y: number; entries: readonly MenuEntry[]; back: Element | null } | null
>(null);

/** Opens a menu where the pointer is, or below what has the focus when it was asked for by a key. */
export function showMenu(event: MouseEvent, label: string, entries: readonly MenuEntry[]): void {
  event.preventDefault();
  event.stopPropagation();
  if (entries.length === 0) return;
  const box = (event.currentTarget as Element | null)?.getBoundingClientRect();
  const byKey = event.clientX === 0 && event.clientY === 0;
  openMenu.value = {
    label,
    entries,
    x: byKey && box ? box.left + 12 : event.clientX,
    y: byKey && box ? box.top + 24 : event.clientY,
    back: document.activeElement,
  };
}

/** What a node's menu offers, in this order; the table says what fits the selection. */
const FOR_NODES = [
  "generate",
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

/** The menu of a node, or of everything that is selected with it. */
export function nodeMenu(workspace: Workspace, event: MouseEvent, id: string): void {
  if (!workspace.selection.value.has(id)) workspace.selection.value = new Set([id]);
  const node = workspace.document.node(id).value;
  const entries = FOR_NODES.flatMap((name) => {
    const action = ACTIONS.find((each) => each.id === name);
    if (!action || !(action.when?.(workspace) ?? true)) return [];
    return [{ id: name, label: action.label, keys: action.keys?.[0], run: () => action.run(workspace) }];
  });
  const many = workspace.selection.value.size;
  showMenu(event, many > 1 ? `${many} nodes` : node?.title ?? "Node", entries);
}
