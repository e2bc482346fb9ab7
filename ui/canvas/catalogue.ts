import type { CanvasNode, Graph, NodeType } from "../../shared/canvas/graph.ts";
import { CanvasNode as NodeSchema } from "../../shared/canvas/graph.ts";
import { PORTS, type PortType } from "../../shared/canvas/ports.ts";

/** What can be added, in the palette's order, in the words of the palette. */
export interface Addable {
  type: NodeType;
  title: string;
  hint: string;
  section: "Generate" | "Film" | "Around";
  keywords: string;
}

export const ADDABLE: readonly Addable[] = [
  {
    type: "generate_image",
    title: "Generate image",
    hint: "words",
    section: "Generate",
    keywords: "still picture flux text",
  },
  {
    type: "edit_image",
    title: "Edit image",
    hint: "mask",
    section: "Generate",
    keywords: "inpaint fill paint",
  },
  { type: "kontext", title: "Kontext", hint: "instruct", section: "Generate", keywords: "edit instruction" },
  { type: "shot", title: "Shot", hint: "clip", section: "Film", keywords: "video take film" },
  { type: "pipeline", title: "Pipeline", hint: "runner", section: "Film", keywords: "model runner wan" },
  {
    type: "assembler",
    title: "Assembler",
    hint: "the film",
    section: "Film",
    keywords: "edit sequence render edl cut",
  },
  {
    type: "asset",
    title: "Asset",
    hint: "character, style",
    section: "Around",
    keywords: "character location style reference",
  },
  { type: "note", title: "Note", hint: "text", section: "Around", keywords: "comment" },
];

/** The colour and shape of a node: that of what it gives, or takes. */
export function kindOf(type: NodeType): PortType | "sequence" | "plain" {
  if (type === "assembler") return "sequence";
  return PORTS[type].outputs[0]?.type ?? "plain";
}

const START: Partial<Record<NodeType, string>> = {
  shot: "SHOT",
  generate_image: "STILL",
  edit_image: "EDIT",
  kontext: "KONTEXT",
};

/** A new node of a type: an id of its own, a shot name that nobody has, the schema's defaults. */
export function newNode(graph: Graph, type: NodeType, position: { x: number; y: number }): CanvasNode {
  const shot = START[type] ? freeShotName(graph, START[type]) : undefined;
  const title = type === "shot" ? shot! : ADDABLE.find((each) => each.type === type)?.title ?? "Group";
  return NodeSchema.parse({
    id: `${type}-${crypto.randomUUID().slice(0, 8)}`,
    type,
    title,
    position: { x: Math.round(position.x), y: Math.round(position.y) },
    // There from the start: two people can promote to a new group at once.
    ...(type === "group" ? { promoted: {} } : {}),
    ...(shot ? { shot, seed: crypto.getRandomValues(new Uint32Array(1))[0] } : {}),
  });
}

export function newEdgeId(): string {
  return `edge-${crypto.randomUUID().slice(0, 8)}`;
}

/** SHOT-010, SHOT-020, …: tens, so that a shot can be put between two. */
export function freeShotName(graph: Graph, stem: string): string {
  const taken = new Set(graph.nodes.map((node) => "shot" in node ? node.shot : ""));
  for (let number = 10;; number += 10) {
    const name = `${stem}-${String(number).padStart(3, "0")}`;
    if (!taken.has(name)) return name;
  }
}
