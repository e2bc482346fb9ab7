import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Border, bordersOf, NO_BORDER } from "../../shared/canvas/border.ts";
import type { CanvasNode, NodeOf } from "../../shared/canvas/graph.ts";
import { drawnAs, groupsAround, type Level, levelOf } from "../../shared/canvas/levels.ts";
import { same } from "../../shared/canvas/live/same.ts";
import type { CanvasDocument } from "./document/document.ts";
import type { Workspace } from "./workspace.ts";

/** Which level of the film this person is on. Never shared but as presence, never in the document. */
export interface Levels {
  /** The group whose inside is shown; null: the film itself. */
  level: ReadonlySignal<Level>;
  /** From the outermost group to the one whose inside is shown. */
  path: ReadonlySignal<readonly NodeOf<"group">[]>;
  enter(level: Level): void;
  /** What crosses a group's border. A signal per group, which changes when its ports do. */
  border(group: string): ReadonlySignal<Border>;
}

export function createLevels(doc: Pick<CanvasDocument, "graph" | "nodes">): Levels {
  /** Group by group inwards: when one goes, the one around it is left to be in. */
  const wanted = signal<readonly string[]>([]);
  const path = computed((): readonly NodeOf<"group">[] => {
    const nodes = doc.nodes.value;
    const innermost = wanted.value.findLast((id) => nodes.get(id)?.type === "group");
    if (innermost === undefined) return [];
    return [nodes.get(innermost) as NodeOf<"group">, ...groupsAround(nodes, innermost)].reverse();
  });
  const borders = computed(() => bordersOf(doc.graph.value));
  const known = new Map<string, ReadonlySignal<Border>>();
  return {
    level: computed(() => path.value.at(-1)?.id ?? null),
    path,
    enter(level) {
      const around = level === null ? [] : groupsAround(doc.nodes.peek(), level);
      wanted.value = level === null ? [] : [...around.map((group) => group.id).reverse(), level];
    },
    border(group) {
      let found = known.get(group);
      if (!found) {
        let last = NO_BORDER;
        found = computed(() => {
          const next = borders.value.get(group) ?? NO_BORDER;
          return last = same(last, next) ? last : next;
        });
        known.set(group, found);
      }
      return found;
    },
  };
}

/** Goes into a group, or up to a level around the present one, whose way in is then chosen. */
export function goToLevel(workspace: Workspace, level: Level): void {
  const { levels, selection, document: doc } = workspace;
  const from = levels.level.peek();
  if (from === level) return;
  batch(() => {
    const wayIn = from === null ? null : drawnAs(doc.nodes.peek(), from, level);
    levels.enter(level);
    selection.value = new Set(wayIn === null ? [] : [wayIn]);
    workspace.search.value = null;
  });
}

/** What the present level draws: what arrows, Tab and Fit go about in. */
export function nodesOnLevel({ levels, document: doc }: Workspace): CanvasNode[] {
  const nodes = doc.nodes.value, level = levels.level.value;
  return doc.graph.value.nodes.filter((node) => drawnAs(nodes, node.id, level) === node.id);
}

export function goUp(workspace: Workspace): void {
  const path = workspace.levels.path.value;
  if (path.length) goToLevel(workspace, path.at(-2)?.id ?? null);
}

/** Chooses a node and brings it into view, on the level where it is drawn. */
export function goTo(workspace: Workspace, id: string): void {
  const { levels, document: doc } = workspace;
  if (!doc.nodes.peek().has(id)) return;
  batch(() => {
    goToLevel(workspace, levelOf(doc.nodes.peek(), id, levels.level.peek()));
    workspace.selection.value = new Set([id]);
    workspace.reveal.value = id;
  });
}
