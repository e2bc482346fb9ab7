import { computed, type ReadonlySignal } from "@preact/signals";
import type { Take } from "../../shared/api/work.ts";
import { createDraft } from "../../shared/canvas/draft.ts";
import { type GeneratingNode, type Graph, isGenerating } from "../../shared/canvas/graph.ts";
import { inForce } from "../../shared/canvas/left_out.ts";
import { changesInWords, recipeChanges, recipeOf } from "../../shared/canvas/recipe.ts";
import type { Live } from "../state/live.ts";
import type { CanvasDocument } from "./document/document.ts";

/** Which nodes no longer are what their chosen take shows. */
export interface Staleness {
  /** The film as it is made: without what is bypassed or muted. */
  inForce: ReadonlySignal<Graph>;
  /** "Out of date: prompt changed"; null while it is not. A signal per node, which changes when the words do. */
  of(nodeId: string): ReadonlySignal<string | null>;
  /** Nodes to generate: without a take, or out of date with no newer take that fits. What feeds others comes first. */
  wanting(): GeneratingNode[];
}

/** Newest takes of a node among which one is looked for that fits what it is now: as many as a screen opens with. */
const LOOKED_AT = 12;

export function createStaleness(doc: CanvasDocument, live: Live): Staleness {
  const made = computed(() => inForce(doc.graph.value));
  const draft = computed(() => createDraft(made.value));
  const words = new Map<string, ReadonlySignal<string | null>>();

  function changesOf(node: GeneratingNode, take: Take): string[] {
    if (!take.made_from) return [];
    const now = recipeOf(draft.value, node, (id) => live.activeTake(id)?.id ?? null);
    return recipeChanges(take.made_from, now, (id) => draft.value.nodes.get(id)?.title ?? null);
  }

  function look(nodeId: string): { sentence: string; fitting: Take | null } | null {
    const node = draft.value.nodes.get(nodeId);
    const active = live.activeTake(nodeId);
    // What is off says so instead.
    if (!active || !node || !isGenerating(node) || node.off) return null;
    const changes = changesOf(node, active);
    if (changes.length === 0) return null;
    const fitting =
      live.takesOf(nodeId).slice(0, LOOKED_AT).find((take) =>
        take.made_from && changesOf(node, take).length === 0
      ) ?? null;
    const hint = fitting ? `; take ${String(fitting.take).padStart(2, "0")} is up to date` : "";
    return { sentence: `Out of date: ${changesInWords(changes)}${hint}`, fitting };
  }

  return {
    inForce: made,
    of(nodeId) {
      let found = words.get(nodeId);
      if (!found) words.set(nodeId, found = computed(() => look(nodeId)?.sentence ?? null));
      return found;
    },
    wanting() {
      const ordered: GeneratingNode[] = [];
      const seen = new Set<string>();
      const visit = (id: string) => {
        if (seen.has(id)) return;
        seen.add(id);
        for (const edge of draft.value.into(id)) visit(edge.source);
        const node = draft.value.nodes.get(id);
        if (node && isGenerating(node) && !node.off && wants(node.id)) ordered.push(node);
      };
      const wants = (id: string) => {
        if (live.jobsOf(id).some((job) => job.state !== "failed")) return false;
        if (!live.activeTake(id)) return true;
        const stale = look(id);
        return stale !== null && stale.fitting === null;
      };
      for (const id of draft.value.nodes.keys()) visit(id);
      return ordered;
    },
  };
}
