import { useSignal } from "@preact/signals";
import { type RefObject } from "preact";
import { useMemo } from "preact/hooks";
import type { Connection, OnConnectStartParams, ReactFlowInstance } from "reactflow";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import type { PortOffer } from "./port_menu.tsx";
import { type Board, dim, endsOf, type Grip, gripOf, laying, placesIn, undim } from "./wires.ts";

/** Laying wires by hand: what fits is lit, what does not says why, and one that ends nowhere asks for a node. */
export function useWires(area: RefObject<HTMLDivElement | null>, flow: RefObject<ReactFlowInstance | null>) {
  const workspace = useWorkspace();
  const offer = useSignal<PortOffer | null>(null);
  const handlers = useMemo(() => {
    const { document: doc, levels } = workspace;
    let from: Grip | null = null;
    const board = (): Board => ({
      graph: doc.graph.peek(),
      level: levels.level.peek(),
      border: (group) => levels.border(group).peek(),
    });
    const grips = ({ source, sourceHandle, target, targetHandle }: Connection): [Grip, Grip] => [
      { node: source ?? "", port: sourceHandle ?? "", kind: "source" },
      { node: target ?? "", port: targetHandle ?? "", kind: "target" },
    ];
    /** On a folded group: to the one port in it that fits, or to the one that is chosen. */
    const into = (group: CanvasNode, dragged: Grip, screen: { x: number; y: number }) => {
      const choices = placesIn(board(), group.id, dragged);
      if (choices.length > 1) offer.value = { screen, group: group.title, choices };
      else if (choices[0]) doc.apply("Connect", choices[0].operations);
      else say(`Nothing in ${group.title} takes this wire.`);
    };
    return {
      onConnect(connection: Connection) {
        // It is laid: its end has nothing to say any more.
        from = null;
        const operations = laying(board(), ...grips(connection));
        if (typeof operations === "string") say(operations);
        else doc.apply("Connect", operations);
      },
      isValidConnection: (connection: Connection) =>
        typeof laying(board(), ...grips(connection)) !== "string",
      onConnectStart(_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) {
        from = nodeId && handleId && handleType ? { node: nodeId, port: handleId, kind: handleType } : null;
        area.current?.classList.add("connecting");
        if (from) dim(area.current!, board(), from);
      },
      onConnectEnd(event: MouseEvent | TouchEvent) {
        area.current?.classList.remove("connecting");
        undim(area.current!);
        const target = event.target as HTMLElement;
        const dragged = from;
        from = null;
        if (!dragged) return;
        const handle = target.closest<HTMLElement>(".react-flow__handle");
        if (handle) {
          const why = laying(board(), dragged, gripOf(handle));
          if (typeof why === "string") say(why);
          return;
        }
        const box = area.current!.getBoundingClientRect();
        const screen = "clientX" in event && { x: event.clientX - box.left, y: event.clientY - box.top };
        const card = target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
        const group = card === undefined ? null : doc.nodes.peek().get(card);
        if (screen && group?.type === "group" && group.collapsed) into(group, dragged, screen);
        else if (screen && target.classList.contains("react-flow__pane")) {
          const [end] = endsOf(board(), dragged);
          if (!end) return;
          workspace.search.value = {
            screen,
            position: flow.current!.screenToFlowPosition({ x: box.left + screen.x, y: box.top + screen.y }),
            from: { ...end, kind: dragged.kind },
          };
        }
      },
    };
  }, [workspace]);
  return { handlers, offer };
}
