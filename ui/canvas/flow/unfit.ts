import type { Graph } from "../../../shared/canvas/graph.ts";
import { refusal } from "../../../shared/canvas/ports.ts";

/** Handles that what is dragged cannot end at are dimmed. */
export function dim(
  area: HTMLElement,
  graph: Graph,
  from: { node: string; port: string; kind: "source" | "target" },
): void {
  for (const handle of area.querySelectorAll<HTMLElement>(".react-flow__handle")) {
    if (handle.dataset.nodeid === from.node || whyNot(graph, from, handle)) handle.classList.add("unfit");
  }
}

/** Why a dragged wire cannot end at a handle; null when it can. An input that would be replaced is none of the reasons. */
export function whyNot(
  graph: Graph,
  from: { node: string; port: string; kind: "source" | "target" },
  handle: HTMLElement,
): string | null {
  const to = { node: handle.dataset.nodeid ?? "", port: handle.dataset.handleid ?? "" };
  const isSource = handle.classList.contains("source");
  if (isSource === (from.kind === "source")) {
    return isSource ? "A wire goes from an output to an input." : "A wire goes from an input to an output.";
  }
  const edge = from.kind === "source"
    ? { id: "-", source: from.node, source_port: from.port, target: to.node, target_port: to.port }
    : { id: "-", source: to.node, source_port: to.port, target: from.node, target_port: from.port };
  const edges = graph.edges.filter((each) =>
    !(each.target === edge.target && each.target_port === edge.target_port && each.source !== edge.source)
  );
  return refusal({ nodes: graph.nodes, edges }, edge);
}
