import { NO_BORDER } from "../../../../shared/canvas/border.ts";
import { isGenerating } from "../../../../shared/canvas/graph.ts";
import { kindOf } from "../../catalogue.ts";
import type { Workspace } from "../../workspace.ts";
import { glance } from "../glance.ts";
import { portPlaces } from "../port_places.ts";
import type { CardNode, DrawnWire } from "../to_flow.ts";
import type { Heading, Thread, Tile } from "./paint.ts";
import { postersOf } from "./posters.ts";

/** What lies on the level, as React Flow would be given it. */
export interface Laid {
  nodes: readonly CardNode[];
  edges: readonly DrawnWire[];
}

/** What is in sight, in canvas pixels. */
export interface Sight {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The cards of a level as tiles; only what is in sight, whose pictures are then fetched. */
export function tilesIn(workspace: Workspace, { nodes }: Laid, sight: Sight): Tile[] {
  const { document: doc, live, selection } = workspace;
  const byId = doc.nodes.peek(), chosen = selection.peek(), { working, failed } = glance(workspace);
  const posters = postersOf(workspace), shown = activeTakes(workspace);
  return nodes.flatMap((card): Tile[] => {
    const node = byId.get(card.id);
    const { x, y } = card.position, width = card.width ?? 0, height = card.height ?? 0;
    if (
      !node || card.type !== "card" || x > sight.right || y > sight.bottom || x + width < sight.left ||
      y + height < sight.top
    ) return [];
    const job = working.get(card.id);
    const take = isGenerating(node) ? shown.get(card.id) : undefined;
    return [{
      x,
      y,
      width,
      height,
      title: node.title,
      kind: kindOf(node.type),
      chosen: chosen.has(card.id),
      failed: failed.has(card.id),
      progress: job === undefined ? null : live.progress(job).value?.progress ?? 0,
      poster: take?.poster_url ? posters.of(take.id, take.poster_url) : null,
    }];
  });
}

/** One pass through all takes, rather than a listener for each node. */
function activeTakes({ live }: Workspace) {
  return new Map([...live.takes.value.values()].flatMap((take) => take.active ? [[take.node_id, take]] : []));
}

/** The frames, told by name. */
export function headingsIn({ document: doc }: Workspace, { nodes }: Laid): Heading[] {
  return nodes.flatMap((card): Heading[] => {
    const node = card.type === "frame" ? doc.nodes.peek().get(card.id) : undefined;
    if (!node) return [];
    return [{ ...card.position, width: card.width ?? 0, height: card.height ?? 0, title: node.title }];
  });
}

export function threadsIn(workspace: Workspace, { nodes, edges }: Laid): Thread[] {
  const byId = workspace.document.nodes.peek(), chosen = workspace.selection.peek();
  const cards = new Map(nodes.map((card) => [card.id, card]));
  const end = (id: string, handle: string | null | undefined, side: "left" | "right") => {
    const card = cards.get(id), node = byId.get(id);
    if (!card) return null;
    const border = node?.type === "group" ? workspace.levels.border(id).peek() : NO_BORDER;
    const port = node && portPlaces(node, border)[side].find((each) => each.id === handle);
    return {
      x: card.position.x + (side === "right" ? card.width ?? 0 : 0),
      y: card.position.y + (port?.y ?? (card.height ?? 0) / 2),
    };
  };
  return edges.flatMap((edge): Thread[] => {
    const from = end(edge.source, edge.sourceHandle, "right");
    const to = end(edge.target, edge.targetHandle, "left");
    const source = byId.get(edge.source);
    return from && to
      ? [{ from, to, kind: source ? kindOf(source.type) : "plain", chosen: chosen.has(edge.id) }]
      : [];
  });
}
