import { type RefObject } from "preact";
import { useMemo } from "preact/hooks";
import type { Connection, OnConnectStartParams, ReactFlowInstance } from "reactflow";
import { say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { type Board, dim, endsOf, type Grip, gripOf, laying, undim } from "./wires.ts";

/** Laying wires by hand: what fits is lit, what does not says why, and one that ends nowhere asks for a node. */
export function useWires(area: RefObject<HTMLDivElement | null>, flow: RefObject<ReactFlowInstance | null>) {
  const workspace = useWorkspace();
  return useMemo(() => {
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
        } else if (target.classList.contains("react-flow__pane") && "clientX" in event) {
          const [end] = endsOf(board(), dragged);
          if (!end) return;
          const box = area.current!.getBoundingClientRect();
          workspace.search.value = {
            screen: { x: event.clientX - box.left, y: event.clientY - box.top },
            position: flow.current!.screenToFlowPosition({ x: event.clientX, y: event.clientY }),
            from: { ...end, kind: dragged.kind },
          };
        }
      },
    };
  }, [workspace]);
}
