import { createDraft, type Draft } from "./draft.ts";
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
const control: InputPort = {
  name: "control",
  label: "Control picture",
  accepts: ["image", "asset"],
  many: false,
};
const image: OutputPort = { name: "image", label: "Image", type: "image" };

/** The one table of what connects to what. */
export const PORTS: Readonly<Record<NodeType, Ports>> = {
  asset: { inputs: [], outputs: [{ name: "asset", label: "Asset", type: "asset" }] },
  generate_image: { inputs: [assets, control, pipeline], outputs: [image] },
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
  return refusalIn(createDraft(graph), edge);
}

/** As {@link refusal}, in a draft: for many wires. */
export function refusalIn(draft: Draft, edge: Edge): string | null {
  const from = draft.nodes.get(edge.source);
  const to = draft.nodes.get(edge.target);
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
  for (const other of draft.into(edge.target)) {
    if (other.id === edge.id || other.target_port !== edge.target_port) continue;
    if (other.source === edge.source && other.source_port === edge.source_port) {
      return "These two are connected already.";
    }
    if (!input.many) return `${input.label} of "${to.title}" has a wire already; remove it first.`;
  }
  if (isNext(draft, edge)) {
    for (const other of draft.outOf(edge.source)) {
      if (other.id !== edge.id && isNext(draft, other)) {
        return `"${from.title}" is followed by another shot already; a film is one chain.`;
      }
    }
  }
  if (leadsTo(draft, edge.target, edge.source, edge.id)) return "That would make a circle.";
  return null;
}

function isNext(draft: Draft, edge: Edge): boolean {
  return edge.target_port === "previous" && draft.nodes.get(edge.target)?.type === "shot";
}

/** Whether wires lead from one node to the other, that of id `but` left out. */
function leadsTo(draft: Draft, from: string, to: string, but: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  while (open.length) {
    const id = open.pop()!;
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    for (const edge of draft.outOf(id)) if (edge.id !== but) open.push(edge.target);
  }
  return false;
}
