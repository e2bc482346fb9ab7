// One file over the wire: what opens over the canvas, fetched when it is wanted or nothing else is to do. Imported by `import()` alone.
export { BranchDialogs } from "./branches/branch_dialogs.tsx";
export { RefusedList } from "./document/refused_list.tsx";
export { WireList } from "./keyboard/wire_list.tsx";
export { ItemDialog } from "./library/item_dialog.tsx";
export { PublishDialog } from "./library/publish_dialog.tsx";
export { UpgradeDialog } from "./library/upgrade_dialog.tsx";
export { Mask } from "./mask/mask.tsx";
export { CommandPalette } from "./palette/command_palette.tsx";
export { ShortcutSheet } from "./palette/shortcut_sheet.tsx";
export { Preview } from "./preview/preview.tsx";
export { Compare } from "./takes/compare.tsx";
export { Look } from "./takes/look.tsx";
