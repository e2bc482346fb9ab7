import type { Action } from "../actions.ts";

export const MENU_ACTIONS: readonly Action[] = [
  {
    id: "menu",
    label: "Menu of the selection",
    keys: ["Shift+F10", "ContextMenu"],
    when: (workspace) => workspace.selectedNode.value !== null,
    // By need: the menu reads the table that this is part of.
    run: (workspace) => void import("./menu.ts").then((module) => module.menuOfSelection(workspace)),
  },
];
