import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { LibraryItem } from "../../../shared/api/library.ts";
import type { CanvasNode, LibraryUse } from "../../../shared/canvas/graph.ts";
import type { Live } from "../../state/live.ts";
import type { CanvasDocument } from "../document/document.ts";
import { libraryApi } from "./api.ts";

/** What is to be published: a node of the canvas with what lies in it, or a file of the project. */
export type Publishing = { node: string } | { file: { oid: string; name: string } };

/** What this film uses of the studio's library, and what of that has become newer. */
export interface LibraryUses extends Disposable {
  /** The item a node was made from as it is now; null while it is not known, or for a node that was made here. */
  itemOf(node: CanvasNode): LibraryItem | null;
  /** It was made from something that this studio's library does not have: the film came from another studio. */
  isForeign(node: CanvasNode): boolean;
  /** The same, when there is a newer version than the node's. Of a template's nodes only the outermost is asked. */
  newerThan(node: CanvasNode): LibraryItem | null;
}

export function openLibraryUses(doc: CanvasDocument, live: Live): LibraryUses {
  const items = signal<ReadonlyMap<string, LibraryItem>>(new Map());
  /** Those that the studio was asked about. */
  const asked = signal<ReadonlySet<string>>(new Set());
  // As one text, so that a change of the canvas that changes nothing here asks for nothing.
  const ids = computed(() =>
    [...new Set(doc.graph.value.nodes.flatMap((node) => node.library ? [node.library.item] : []))].sort()
      .join(",")
  );
  let turn = 0;
  const stop = effect(() => {
    live.changed.library.value;
    const wanted = ids.value;
    const mine = ++turn;
    if (wanted) void load(wanted, mine);
    else items.value = new Map();
  });

  async function load(wanted: string, mine: number): Promise<void> {
    const found: LibraryItem[] = [];
    const all = wanted.split(",");
    try {
      // As many ids as fit into an address.
      for (let at = 0; at < all.length; at += 100) {
        const some = all.slice(at, at + 100);
        found.push(...(await libraryApi.items({ ids: some.join(","), limit: "200" })).items);
      }
    } catch {
      // Nobody asked for it: what is shown stays until the library says something again.
      return;
    }
    if (mine !== turn) return;
    batch(() => {
      items.value = new Map(found.map((item) => [item.id, item]));
      asked.value = new Set(all);
    });
  }

  function itemOf(node: CanvasNode): LibraryItem | null {
    return node.library ? items.value.get(node.library.item) ?? null : null;
  }
  return {
    itemOf,
    isForeign: (node) =>
      node.library !== undefined && asked.value.has(node.library.item) && itemOf(node) === null,
    newerThan(node) {
      const item = itemOf(node);
      if (!item || item.version <= node.library!.version || !isOutermost(doc, node)) return null;
      return item;
    },
    [Symbol.dispose]() {
      turn++;
      stop();
    },
  };
}

/** A node within a group that was made from the same item is part of that. */
export function isOutermost(
  doc: { node(id: string): ReadonlySignal<CanvasNode | null> },
  node: CanvasNode & { library?: LibraryUse },
): boolean {
  const around = node.parent === undefined ? null : doc.node(node.parent).value;
  return around?.library?.item !== node.library?.item;
}
