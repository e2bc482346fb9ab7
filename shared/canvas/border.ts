import type { CanvasNode, Edge, Graph } from "./graph.ts";
import { groupsAround, nodesById } from "./levels.ts";
import { PORTS, type PortType } from "./ports.ts";

/**
 * The wires that cross a group's border, gathered to its ports. A group has no wires of its own: what it takes in and gives out is read
 * off the flat graph, so that whoever compiles a film need not know of groups.
 */
export interface BorderPort {
  /** `in:<node>:<port>` of the output outside that feeds it; `out:<node>:<port>` of the output inside that it gives out. */
  id: string;
  type: PortType;
  /** The output that it carries: outside for an input of the group, inside for an output. */
  from: End;
  /** The inputs that it leads to: inside for an input of the group, outside for an output. */
  to: readonly End[];
}
export interface End {
  node: string;
  port: string;
}
export interface Border {
  inputs: readonly BorderPort[];
  outputs: readonly BorderPort[];
}
export const NO_BORDER: Border = { inputs: [], outputs: [] };

export function portIn({ source, source_port }: Pick<Edge, "source" | "source_port">): string {
  return `in:${source}:${source_port}`;
}
export function portOut({ source, source_port }: Pick<Edge, "source" | "source_port">): string {
  return `out:${source}:${source_port}`;
}

/** The borders of all groups that wires cross, in one walk over the wires. Ports from top to bottom as their nodes lie. */
export function bordersOf(graph: Graph): Map<string, Border> {
  const nodes = nodesById(graph.nodes);
  const around = new Map<string, ReadonlySet<string>>();
  const groups = (id: string) => {
    let found = around.get(id);
    if (!found) around.set(id, found = new Set(groupsAround(nodes, id).map((group) => group.id)));
    return found;
  };
  const inputs = new Map<string, Map<string, BorderPort & { to: End[] }>>();
  const outputs = new Map<string, Map<string, BorderPort & { to: End[] }>>();
  const put = (into: typeof inputs, group: string, id: string, edge: Edge) => {
    const output = PORTS[nodes.get(edge.source)!.type].outputs.find((each) => each.name === edge.source_port);
    if (!output) return;
    let ports = into.get(group);
    if (!ports) into.set(group, ports = new Map());
    let port = ports.get(id);
    const from = { node: edge.source, port: edge.source_port };
    if (!port) ports.set(id, port = { id, type: output.type, from, to: [] });
    port.to.push({ node: edge.target, port: edge.target_port });
  };
  for (const edge of graph.edges) {
    if (!nodes.has(edge.source) || !nodes.has(edge.target)) continue;
    const source = groups(edge.source), target = groups(edge.target);
    for (const group of target) if (!source.has(group)) put(inputs, group, portIn(edge), edge);
    for (const group of source) if (!target.has(group)) put(outputs, group, portOut(edge), edge);
  }
  const y = (end: End) => nodes.get(end.node)!.position.y;
  const byPlace = (ends: (port: BorderPort) => number) => (a: BorderPort, b: BorderPort) =>
    ends(a) - ends(b) || (a.id < b.id ? -1 : 1);
  const top = byPlace((port) => Math.min(...port.to.map(y)));
  const own = byPlace((port) => y(port.from));
  const borders = new Map<string, Border>();
  for (const group of new Set([...inputs.keys(), ...outputs.keys()])) {
    borders.set(group, {
      inputs: [...inputs.get(group)?.values() ?? []].sort(top),
      outputs: [...outputs.get(group)?.values() ?? []].sort(own),
    });
  }
  return borders;
}

/** What comes into a folded group here, in a person's words: "Start image of SHOT-020", "Assets of 3 nodes". */
export function inputWords(nodes: ReadonlyMap<string, CanvasNode>, port: BorderPort): string {
  const labels = new Set(port.to.map((end) => inputLabel(nodes.get(end.node), end.port)));
  const label = labels.size === 1 ? [...labels][0]! : "Into";
  const titles = new Set(port.to.map((end) => nodes.get(end.node)?.title ?? ""));
  return titles.size === 1 ? `${label} of ${[...titles][0]}` : `${label} of ${titles.size} nodes`;
}

/** Where it goes, outside of the group. */
export function outputWords(nodes: ReadonlyMap<string, CanvasNode>, port: BorderPort): string {
  const titles = [...new Set(port.to.map((end) => nodes.get(end.node)?.title ?? ""))];
  return titles.length > 2 ? `${titles.length} nodes` : titles.join(", ");
}

function inputLabel(node: CanvasNode | undefined, port: string): string {
  return node && PORTS[node.type].inputs.find((each) => each.name === port)?.label || port;
}
