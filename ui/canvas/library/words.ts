import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import type { ItemKind, LibraryFolder } from "../../../shared/library/item.ts";

/** The folders in a person's words, and what belongs in them. */
export const FOLDERS: Readonly<Record<LibraryFolder, { title: string; hint: string }>> = {
  Characters: { title: "Characters", hint: "Assets that are people, with their pictures" },
  Styles: { title: "Styles", hint: "Looks, as assets or as nodes with their settings" },
  Locations: { title: "Locations", hint: "Assets that are places" },
  Pipeline_Templates: { title: "Pipeline templates", hint: "Groups with their nodes and wires" },
  Stock_Media: { title: "Stock media", hint: "Pictures, sound and clips for any film" },
  Branding: { title: "Branding", hint: "Logos, title cards, end boards" },
};

export const KINDS: Readonly<Record<ItemKind, string>> = {
  asset: "Asset",
  node: "Node",
  template: "Template",
  media: "File",
};

/** Where a node is published to unless somebody says otherwise. */
export function folderFor(node: CanvasNode): LibraryFolder {
  if (node.type === "asset") {
    return ({ character: "Characters", style: "Styles", location: "Locations" } as const)[node.kind];
  }
  return node.type === "group" || node.type === "pipeline" ? "Pipeline_Templates" : "Styles";
}

/** What a node is as an item. */
export function kindOf(node: CanvasNode): ItemKind {
  return node.type === "group" ? "template" : node.type === "asset" ? "asset" : "node";
}
