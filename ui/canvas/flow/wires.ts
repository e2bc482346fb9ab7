import type { Border, End } from "../../../shared/canvas/border.ts";
import type { Edge, Graph } from "../../../shared/canvas/graph.ts";
import { withContents } from "../../../shared/canvas/groups.ts";
import { applyOperations, type Operation } from "../../../shared/canvas/operations.ts";
import { PORTS } from "../../../shared/canvas/ports.ts";
import type { Level } from "../../../shared/canvas/levels.ts";
import { newEdgeId } from "../catalogue.ts";
import { INPUTS, OUTPUTS } from "./boundary_place.ts";

/** A handle that a wire is dragged from or to. */
export interface Grip {
  node: string;
  port: string;
  kind: "source" | "target";
}

/** What wires are laid in. */
export interface Board {
  graph: Graph;
  level: Level;
  border(group: string): Border;
}

/**
 * The ports of nodes behind a handle. That of a folded group's card, and that of a level's boundary, stand for what their wires lead to:
 * a wire laid there is laid to each of them.
 */
export function endsOf(board: Board, grip: Grip): End[] {
  const [way, node, port] = grip.port.split(":");
  if (node === undefined || port === undefined) return [{ node: grip.node, port: grip.port }];
  if (grip.kind === "source") return [{ node, port }];
  const group = grip.node === INPUTS || grip.node === OUTPUTS ? board.level : grip.node;
  if (group === null) return [];
  const border = board.border(group);
  const found = (way === "in" ? border.inputs : border.outputs).find((each) => each.id === grip.port);
  return [...found?.to ?? []];
}

/** The steps that lay a wire between two handles, or why it can't be. A wire into an input that holds one takes the old one's place. */
export function laying(board: Board, one: Grip, other: Grip): Operation[] | string {
  if (one.kind === other.kind) {
    return one.kind === "source"
      ? "A wire goes from an output to an input."
      : "A wire goes from an input to an output.";
  }
  const [from, to] = one.kind === "source" ? [one, other] : [other, one];
  const [source] = endsOf(board, from);
  const targets = endsOf(board, to);
  if (!source || targets.length === 0) return "There is nothing behind this port any more.";
  const operations: Operation[] = [];
  for (const target of targets) operations.push(...stepsTo(board.graph, source, target));
  if (operations.length === 0) return "These two are connected already.";
  const applied = applyOperations(board.graph, operations);
  return applied.ok ? operations : applied.message;
}

function stepsTo(graph: Graph, source: End, target: End): Operation[] {
  const node = graph.nodes.find((each) => each.id === target.node);
  const port = node && PORTS[node.type].inputs.find((each) => each.name === target.port);
  const there = graph.edges.filter((edge) => edge.target === target.node && edge.target_port === target.port);
  const known = (edge: Edge) => edge.source === source.node && edge.source_port === source.port;
  if (there.some(known)) return [];
  return [
    ...port && !port.many ? there.map((edge) => ({ op: "remove_edge", id: edge.id }) as const) : [],
    {
      op: "add_edge",
      edge: {
        id: newEdgeId(),
        source: source.node,
        source_port: source.port,
        target: target.node,
        target_port: target.port,
      },
    },
  ];
}

/** The ports of nodes in a group, at any depth, where a wire from a handle could go, in the group's order. */
export function placesIn(board: Board, group: string, from: Grip) {
  const inside = withContents(board.graph, [group]);
  return board.graph.nodes.filter((node) => inside.has(node.id)).flatMap((node) => {
    const ports = from.kind === "source" ? PORTS[node.type].inputs : PORTS[node.type].outputs;
    return ports.flatMap((port) => {
      const kind = from.kind === "source" ? "target" as const : "source" as const;
      const operations = laying(board, from, { node: node.id, port: port.name, kind });
      if (typeof operations === "string") return [];
      const type = "type" in port ? port.type : port.accepts[0]!;
      const label = "type" in port ? node.title : `${port.label} of ${node.title}`;
      return [{ label, type, operations }];
    });
  });
}

export function gripOf(handle: HTMLElement): Grip {
  return {
    node: handle.dataset.nodeid ?? "",
    port: handle.dataset.handleid ?? "",
    kind: handle.classList.contains("source") ? "source" : "target",
  };
}

/** Handles that what is dragged cannot end at are dimmed. */
export function dim(area: HTMLElement, board: Board, from: Grip): void {
  for (const handle of area.querySelectorAll<HTMLElement>(".react-flow__handle")) {
    const to = gripOf(handle);
    if (to.node === from.node || typeof laying(board, from, to) === "string") handle.classList.add("unfit");
  }
}
export function undim(area: HTMLElement): void {
  for (const handle of area.querySelectorAll(".unfit")) handle.classList.remove("unfit");
}
