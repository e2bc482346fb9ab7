import { batch, useComputed, useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import type { Node as FlowNode, NodeChange } from "reactflow";
import { withContents } from "../../../shared/canvas/groups.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { clip, duplicate } from "../copies.ts";
import { useSteady } from "../steady.ts";
import { useWorkspace } from "../workspace.ts";
import type { CardNode, DrawnWire } from "./to_flow.ts";

/** What a node's or a selection's drag is told. */
interface DragHandlers {
  onNodesChange(changes: NodeChange[]): void;
  onNodeDragStart(event: unknown, node: FlowNode, moved: FlowNode[]): void;
  onNodeDrag(event: unknown, node: FlowNode, moved: FlowNode[]): void;
  onNodeDragStop(event: unknown, node: FlowNode, moved: FlowNode[]): void;
  onSelectionDragStart(event: unknown, moved: FlowNode[]): void;
  onSelectionDrag(event: unknown, moved: FlowNode[]): void;
  onSelectionDragStop(event: unknown, moved: FlowNode[]): void;
}
interface Drawn {
  nodes: CardNode[];
  edges: DrawnWire[];
  handlers: object;
}

/**
 * What keys make of a gesture with the mouse: a drag with Alt drags copies, a box with Shift adds to what is chosen. And wires into a node
 * that something is being made for are marked: what is drawn besides is the same object.
 */
export function useGestures<T extends Drawn>(drawn: T): T {
  const workspace = useWorkspace();
  const { document: doc, selection, live } = workspace;
  const given = useRef(drawn.handlers as DragHandlers);
  given.current = drawn.handlers as DragHandlers;
  /** While copies are dragged: what they are copies of, drawn in its place. */
  const staying = useSignal<CardNode[]>([]);
  const nodes = useRef(drawn.nodes);
  nodes.current = drawn.nodes;

  const handlers = useMemo(() => {
    /** What was chosen when a box was begun with Shift. */
    let kept: ReadonlySet<string> = new Set();
    const begin = (event: unknown, moved: FlowNode[] = []) => {
      if (!workspace.canEdit || !(event as MouseEvent).altKey) return;
      const ids = withContents(doc.graph.value, moved.map((node) => node.id));
      staying.value = nodes.current.filter((node) => ids.has(node.id)).map((node) => ({
        ...node,
        ...{
          id: `staying ${node.id}`,
          selected: false,
          draggable: false,
          selectable: false,
          dragging: false,
        },
        position: doc.node(node.id).value?.position ?? node.position,
      }));
    };
    const cloning = () => staying.peek().length > 0;
    /** The originals as they lie: to them nothing happened. */
    const unmoved = (moved: FlowNode[]) =>
      moved.map((node) => ({ ...node, position: doc.node(node.id).value?.position ?? node.position }));
    const end = (moved: FlowNode[]) => {
      staying.value = [];
      const [first] = moved, was = first && doc.node(first.id).value?.position;
      if (!was) return;
      const by = { x: Math.round(first.position.x - was.x), y: Math.round(first.position.y - was.y) };
      if (by.x || by.y) void duplicate(workspace, clip(workspace, moved.map((node) => node.id)), by);
    };
    const dragging: DragHandlers = {
      onNodesChange(changes) {
        batch(() => {
          given.current.onNodesChange(changes);
          if (kept.size) selection.value = new Set([...selection.value, ...kept]);
        });
      },
      onNodeDragStart(event, node, moved) {
        begin(event, moved);
        given.current.onNodeDragStart(event, node, moved);
      },
      onNodeDrag: (event, node, moved) => cloning() || given.current.onNodeDrag(event, node, moved),
      onNodeDragStop(event, node, moved) {
        if (!cloning()) return given.current.onNodeDragStop(event, node, moved);
        given.current.onNodeDragStop(event, node, unmoved(moved));
        end(moved);
      },
      onSelectionDragStart(event, moved) {
        begin(event, moved);
        given.current.onSelectionDragStart(event, moved);
      },
      onSelectionDrag: (event, moved) => cloning() || given.current.onSelectionDrag(event, moved),
      onSelectionDragStop(event, moved) {
        if (!cloning()) return given.current.onSelectionDragStop(event, moved);
        given.current.onSelectionDragStop(event, unmoved(moved));
        end(moved);
      },
    };
    return {
      ...dragging,
      onPointerDownCapture({ shiftKey, target }: PointerEvent) {
        const box = shiftKey && (target as HTMLElement).classList.contains("react-flow__pane");
        kept = new Set(box ? selection.peek() : []);
      },
      onSelectionEnd: () => void (kept = new Set()),
    };
  }, [workspace]);

  const busy = useSteady(() =>
    [...live.jobs.value.values()]
      .filter((job) => job.state === "leased" && (job.branch ?? MAIN) === workspace.branch)
      .map((job) => job.node_id ?? "").sort()
  );
  const working = useComputed(() => new Set(busy.value)).value;
  const edges = useMemo(
    () =>
      drawn.edges.map((edge) =>
        working.has(edge.target) ? { ...edge, className: `${edge.className} working` } : edge
      ),
    [drawn.edges, working],
  );
  return {
    ...drawn,
    edges: working.size ? edges : drawn.edges,
    nodes: staying.value.length ? [...drawn.nodes, ...staying.value] : drawn.nodes,
    handlers: { ...drawn.handlers, ...handlers },
  };
}
