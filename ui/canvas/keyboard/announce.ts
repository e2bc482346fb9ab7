import { signal } from "@preact/signals";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";
import { ADDABLE } from "../catalogue.ts";
import type { Workspace } from "../workspace.ts";

/** What a screen reader says next. */
export const announced = signal("");

export function announce(sentence: string): void {
  announced.value = sentence;
}

/** A node in a sentence: what it is, what feeds it, where it goes, what has been made. */
export function described({ document: doc, live }: Workspace, node: CanvasNode): string {
  const { nodes, edges } = doc.graph.value;
  const titles = (ids: string[]) =>
    nodes.filter((each) => ids.includes(each.id)).map((each) => each.title).join(", ");
  const from = titles(edges.filter((edge) => edge.target === node.id).map((edge) => edge.source));
  const to = titles(edges.filter((edge) => edge.source === node.id).map((edge) => edge.target));
  const takes = live.takeCount(node.id);
  return [
    node.title,
    ADDABLE.find((each) => each.type === node.type)?.title ?? "Node",
    offOf(node),
    takes && `${takes} ${takes === 1 ? "take" : "takes"}`,
    from && `from ${from}`,
    to && `to ${to}`,
  ].filter(Boolean).join(", ");
}
