import type { UsedItem } from "../../../shared/api/library.ts";
import { type CanvasNode, type Graph } from "../../../shared/canvas/graph.ts";
import { homeOf, outsideIn } from "../../../shared/canvas/groups.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { PORTS, refusal } from "../../../shared/canvas/ports.ts";
import { withIds } from "../../../shared/library/extract.ts";
import { attempt, say } from "../../state/toasts.ts";
import type { Place } from "../assets/place.ts";
import { sizeOf } from "../flow/sizes.ts";
import { freeSpot } from "../free_spot.ts";
import { newEdgeId, newNode } from "../catalogue.ts";
import { boxOf } from "../flow/sizes.ts";
import { withFrames } from "../group_actions.ts";
import type { Workspace } from "../workspace.ts";
import { libraryApi } from "./api.ts";
import type { DraggedItem } from "./drag_item.ts";

/** Milliseconds after which a person wants to know that something is going on. */
const SLOW_MS = 700;
/** An item onto the canvas as one gesture: its files come into the project, its nodes and wires to the place. */
export async function placeItem(workspace: Workspace, item: DraggedItem, place: Place): Promise<void> {
  const project = workspace.project.value.id;
  // Large files may take a while to be copied within the store.
  const slow = setTimeout(() => say(`${item.title} is being brought into the film…`), SLOW_MS);
  const used = await attempt(() => libraryApi.use(item.id, item.version, project));
  clearTimeout(slow);
  if (!used) return;
  if (used.graph.nodes.length === 0) {
    const [asset] = used.assets;
    return say(`${asset?.name ?? item.title} lies in the project's media now; nodes show pictures only.`);
  }
  const before = workspace.document.graph.value;
  const { nodes: fresh, edges } = instantiate(before, used, place.position);
  // What is wired to a node lies in its group, else what lies there says where it is at home.
  const target = place.node === undefined ? null : workspace.document.node(place.node).value;
  const nodes = fresh.map((node) => {
    if (node.parent !== undefined) return node;
    const home = target ? target.parent ?? null : homeOf(before, node, boxOf, workspace.levels.level.value);
    return home === null ? node : { ...node, parent: home };
  });
  const operations: Operation[] = [
    ...nodes.map((node) => ({ op: "add_node", node }) as const),
    ...edges.map((edge) => ({ op: "add_edge", edge }) as const),
    ...wireTo(workspace, before, nodes, place.node),
  ];
  if (!workspace.document.apply(`Add ${item.title} from the library`, withFrames(before, operations))) return;
  workspace.selection.value = new Set([nodes[0]!.id]);
  workspace.reveal.value = nodes[0]!.id;
}

/** Copies with ids and shot names of their own that say what they were made from, the outermost first. */
export function instantiate(
  graph: Graph,
  used: Pick<UsedItem, "graph" | "version"> & { item: { id: string } },
  at: { x: number; y: number },
): Graph {
  const ids = new Map<string, string>();
  const fresh = new Map<string, CanvasNode>();
  const grown = { ...graph };
  for (const node of outsideIn(used.graph.nodes)) {
    const made = newNode(grown, node.type, { x: 0, y: 0 });
    ids.set(node.id, made.id);
    fresh.set(made.id, made);
    grown.nodes = [...grown.nodes, made];
  }
  const parts = new Map([...ids].map(([part, id]) => [id, part]));
  const named = withIds(used.graph, ids);
  const nodes = outsideIn(named.nodes).map((node) => {
    const made = fresh.get(node.id)!;
    return {
      ...node,
      ...("shot" in made ? { shot: made.shot } : {}),
      ...(node.type === "shot" ? { title: made.title } : {}),
      position: { x: Math.round(at.x + node.position.x), y: Math.round(at.y + node.position.y) },
      library: { item: used.item.id, version: used.version, part: parts.get(node.id)! },
    } as CanvasNode;
  });
  const edges = named.edges.map((edge) => ({ ...edge, id: newEdgeId() }));
  return { nodes, edges };
}

/** A single node that was dropped onto another is wired into it, where it fits. */
function wireTo(
  workspace: Workspace,
  graph: Graph,
  nodes: readonly CanvasNode[],
  targetId: string | undefined,
): Operation[] {
  const target = targetId ? workspace.document.node(targetId).value : null;
  const [node] = nodes;
  const output = node && PORTS[node.type].outputs[0];
  if (!target || !output || nodes.length > 1) return [];
  node.position = freeSpot(
    graph,
    { x: target.position.x - 270, y: target.position.y },
    sizeOf({ type: "asset" }),
  );
  for (const port of PORTS[target.type].inputs) {
    const edge = {
      id: newEdgeId(),
      source: node.id,
      source_port: output.name,
      target: target.id,
      target_port: port.name,
    };
    if (!refusal({ nodes: [...graph.nodes, node], edges: graph.edges }, edge)) {
      return [{ op: "add_edge", edge }];
    }
  }
  return [];
}
