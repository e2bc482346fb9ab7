import { createDraft } from "../../../shared/canvas/draft.ts";
import type { CanvasNode, Edge, Graph } from "../../../shared/canvas/graph.ts";
import { PORTS, refusalIn } from "../../../shared/canvas/ports.ts";
import { newEdgeId } from "../catalogue.ts";

/** A wire that can be laid from or to a node, or is there and can be taken away. */
export interface WireOffer {
  label: string;
  edge: Edge;
  laid: boolean;
}

/** All wires of a node, those that are there first; then those that the rules allow, onwards before backwards. */
export function wiresOf(graph: Graph, node: CanvasNode): WireOffer[] {
  const byId = new Map(graph.nodes.map((each) => [each.id, each]));
  const draft = createDraft(graph);
  const laid = graph.edges.filter((edge) => edge.source === node.id || edge.target === node.id).map((
    edge,
  ) => ({
    label: `Remove: ${wireText(byId, edge)}`,
    edge,
    laid: true,
  }));
  const offers: WireOffer[] = [];
  const offer = (from: CanvasNode, to: CanvasNode) => {
    for (const output of PORTS[from.type].outputs) {
      for (const input of PORTS[to.type].inputs) {
        if (!input.accepts.includes(output.type)) continue;
        const edge = {
          id: newEdgeId(),
          source: from.id,
          source_port: output.name,
          target: to.id,
          target_port: input.name,
        };
        if (refusalIn(draft, edge) === null) offers.push({ label: wireText(byId, edge), edge, laid: false });
      }
    }
  };
  for (const other of graph.nodes) offer(node, other);
  for (const other of graph.nodes) offer(other, node);
  return [...laid, ...offers];
}

/** "SHOT-010 to SHOT-020: Previous shot" */
export function wireText(nodes: ReadonlyMap<string, CanvasNode>, edge: Edge): string {
  const from = nodes.get(edge.source), to = nodes.get(edge.target);
  const input = to && PORTS[to.type].inputs.find((port) => port.name === edge.target_port);
  return `${from?.title ?? "?"} to ${to?.title ?? "?"}${input ? `: ${input.label}` : ""}`;
}
