import { useLayoutEffect } from "preact/hooks";
import { internalsSymbol, Position, type ReactFlowState, useStoreApi } from "reactflow";
import { NO_BORDER } from "../../../shared/canvas/border.ts";
import { useWorkspace } from "../workspace.ts";
import { portPlaces } from "./port_places.ts";
import { NODE_WIDTH } from "./sizes.ts";

/** Canvas pixels, of a handle. */
const SIDE = 12;

/**
 * Tells React Flow where the ports of cards are that were never on the screen. It draws no wire to a card that it has not measured: a wire
 * that leads out of sight would be missing, or all cards would have to be mounted once. A card that is mounted is measured as ever.
 */
export function KnownEnds() {
  const store = useStoreApi();
  const { document: doc, levels } = useWorkspace();
  useLayoutEffect(() => {
    const fill = ({ nodeInternals }: ReactFlowState) => {
      for (const [id, card] of nodeInternals) {
        const internals = card[internalsSymbol];
        if (card.type !== "card" || !internals || internals.handleBounds) continue;
        const node = doc.nodes.peek().get(id);
        if (!node) continue;
        const border = node.type === "group" ? levels.border(id).peek() : NO_BORDER;
        const { left, right } = portPlaces(node, border);
        const at = (position: Position, x: number) => ({ id, y }: { id: string; y: number }) => ({
          id,
          position,
          x,
          y: y - SIDE / 2,
          width: SIDE,
          height: SIDE,
        });
        internals.handleBounds = {
          target: left.map(at(Position.Left, -SIDE / 2)),
          source: right.map(at(Position.Right, NODE_WIDTH - SIDE / 2)),
        };
      }
    };
    fill(store.getState());
    return store.subscribe((now, before) => now.nodeInternals !== before.nodeInternals && fill(now));
  }, [store, doc]);
  return null;
}
