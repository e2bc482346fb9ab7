import type { Edge, Graph, NodeType } from "./graph.ts";

/** What flows through a wire. */
export type PortType = "image" | "shot" | "asset" | "pipeline";

export interface InputPort {
  name: string;
  label: string;
  accepts: readonly PortType[];
  many: boolean;
}
export interface OutputPort {
  name: string;
  label: string;
  type: PortType;
}
export interface Ports {
  inputs: readonly InputPort[];
  outputs: readonly OutputPort[];
}

const assets: InputPort = { name: "assets", label: "Assets", accepts: ["asset"], many: true };
const pipeline: InputPort = { name: "pipeline", label: "Pipeline", accepts: ["pipeline"], many: false };
const source: InputPort = { name: "source", label: "Source", accepts: ["image", "asset"], many: false };
const image: OutputPort = { name: "image", label: "Image", type: "image" };

/** The one table of what connects to what. */
export const PORTS: Readonly<Record<NodeType, Ports>> = {
  asset: { inputs: [], outputs: [{ name: "asset", label: "Asset", type: "asset" }] },
  generate_image: { inputs: [assets, pipeline], outputs: [image] },
  edit_image: { inputs: [source, pipeline], outputs: [image] },
  kontext: { inputs: [source, pipeline], outputs: [image] },
  pipeline: { inputs: [], outputs: [{ name: "pipeline", label: "Pipeline", type: "pipeline" }] },
  shot: {
    inputs: [
      assets,
      pipeline,
      { name: "image", label: "Start image", accepts: ["image"], many: false },
      { name: "previous", label: "Previous shot", accepts: ["shot"], many: false },
    ],
    outputs: [{ name: "shot", label: "Shot", type: "shot" }],
  },
  assembler: {
    inputs: [{ name: "sequence", label: "Last shot", accepts: ["shot"], many: false }],
    outputs: [],
  },
  group: { inputs: [], outputs: [] },
  note: { inputs: [], outputs: [] },
};

/** Why this wire can't be, as a sentence; null when it can. */
export function refusal(graph: Graph, edge: Edge): string | null {
  const from = graph.nodes.find((node) => node.id === edge.source);
  const to = graph.nodes.find((node) => node.id === edge.target);
  if (!from) return `There is no node "${edge.source}" to start from.`;
  if (!to) return `There is no node "${edge.target}" to end at.`;
  if (from === to) return "A node cannot feed itself.";
  const output = PORTS[from.type].outputs.find((port) => port.name === edge.source_port);
  if (!output) return `"${from.title}" has no output "${edge.source_port}".`;
  const input = PORTS[to.type].inputs.find((port) => port.name === edge.target_port);
  if (!input) return `"${to.title}" has no input "${edge.target_port}".`;
  if (!input.accepts.includes(output.type)) {
    return `${input.label} takes ${input.accepts.join(" or ")}, not ${output.type}.`;
  }
  const others = graph.edges.filter((other) => other.id !== edge.id);
  if (others.some((other) => sameWire(other, edge))) return "These two are connected already.";
  if (
    !input.many &&
    others.some((other) => other.target === edge.target && other.target_port === edge.target_port)
  ) {
    return `${input.label} of "${to.title}" has a wire already; remove it first.`;
  }
  if (isNext(graph, edge) && others.some((other) => other.source === edge.source && isNext(graph, other))) {
    return `"${from.title}" is followed by another shot already; a film is one chain.`;
  }
  if (reaches(others, edge.target, edge.source)) return "That would make a circle.";
  return null;
}

function sameWire(a: Edge, b: Edge): boolean {
  return a.source === b.source && a.source_port === b.source_port && a.target === b.target &&
    a.target_port === b.target_port;
}

function isNext(graph: Graph, edge: Edge): boolean {
  return edge.target_port === "previous" &&
    graph.nodes.some((node) => node.id === edge.target && node.type === "shot");
}

function reaches(edges: readonly Edge[], from: string, to: string): boolean {
  const next = new Map<string, string[]>();
  for (const edge of edges) next.set(edge.source, [...(next.get(edge.source) ?? []), edge.target]);
  const seen = new Set<string>();
  const open = [from];
  while (open.length) {
    const id = open.pop()!;
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(next.get(id) ?? []));
  }
  return false;
}
