import { type CanvasNode, type Edge, type Graph, isGenerating, type NodeType } from "./graph.ts";
import { PORTS } from "./ports.ts";

/**
 * What is bypassed or muted: the one rule of it, for whatever is made from a graph. A job, a recipe and a film are made from
 * {@link inForce}; `shotsOf` leaves such shots out.
 */
export type Off = "bypassed" | "muted";

export function offOf(node: CanvasNode): Off | null {
  return "off" in node ? node.off ?? null : null;
}

/** Whether there is anything to leave out: a note says nothing to machines, an assembler runs when it is asked to, a group is what lies in it. */
export function canBeOff(node: CanvasNode): boolean {
  return isGenerating(node) || node.type === "asset" || node.type === "pipeline";
}

/** The input that a bypassed node hands on as if it were its output. An asset and a pipeline have none: they supply nothing. */
const HANDS_ON: Partial<Record<NodeType, string>> = {
  generate_image: "control",
  edit_image: "source",
  kontext: "source",
  shot: "previous",
};

/**
 * The graph as takes and films are made from it: with no wire out of what is off. What a bypassed node hands on comes straight from where
 * it was made, when the port takes that too. Shots hand on the shot before in either case: a film goes on without the one that is left out.
 * The same graph where nothing is off.
 */
export function inForce(graph: Graph): Graph {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  if (!graph.nodes.some((node) => offOf(node))) return graph;
  const into = new Map<string, Edge>();
  for (const edge of graph.edges) into.set(`${edge.target} ${edge.target_port}`, edge);
  const edges = graph.edges.flatMap((edge): Edge[] => {
    let from = edge;
    // A circle, which a sound graph has none of, ends here.
    for (let step = 0; step <= graph.nodes.length; step++) {
      const node = nodes.get(from.source);
      const off = node && offOf(node);
      if (!node || !off) return [from === edge ? edge : { ...edge, ...startOf(from) }].filter(fits);
      const port = off === "bypassed" || node.type === "shot" ? HANDS_ON[node.type] : undefined;
      const before = port && into.get(`${node.id} ${port}`);
      if (!before) return [];
      from = before;
    }
    return [];
  });
  return { nodes: graph.nodes, edges };

  function fits(edge: Edge): boolean {
    const source = nodes.get(edge.source), target = nodes.get(edge.target);
    const type = source && PORTS[source.type].outputs.find((port) => port.name === edge.source_port)?.type;
    const port = target && PORTS[target.type].inputs.find((each) => each.name === edge.target_port);
    return type !== undefined && port !== undefined && port.accepts.includes(type);
  }
}

function startOf({ source, source_port }: Edge): Pick<Edge, "source" | "source_port"> {
  return { source, source_port };
}

/** Why a node makes nothing, as a sentence; null when it does. */
export function whyOff(node: CanvasNode): string | null {
  const off = offOf(node);
  return off && `"${node.title}" is ${off} and makes no takes; switch it on again, then generate.`;
}

/** What is wired into a node and off, so that nothing of it arrives at these ports. */
export function silentInto(graph: Graph, node: string, ports: readonly string[]): CanvasNode[] {
  const made = new Set(inForce(graph).edges.map((edge) => edge.id));
  const nodes = new Map(graph.nodes.map((each) => [each.id, each]));
  return graph.edges.flatMap((edge) => {
    if (edge.target !== node || !ports.includes(edge.target_port) || made.has(edge.id)) return [];
    return nodes.get(edge.source) ?? [];
  });
}
