import { useSignalEffect } from "@preact/signals";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import {
  applyNodeChanges,
  Background,
  type Connection,
  type Edge as FlowEdge,
  MiniMap,
  type Node as FlowNode,
  type NodeChange,
  type OnConnectStartParams,
  ReactFlow,
  type ReactFlowInstance,
} from "reactflow";
import type { Graph } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { PORTS, refusal } from "../../../shared/canvas/ports.ts";
import { say } from "../../state/toasts.ts";
import { dropList } from "../inspector/conform.ts";
import { dropMedia } from "../assets/drag.ts";
import { addNode, runAction } from "../actions.ts";
import { newEdgeId } from "../catalogue.ts";
import type { NodeType } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";
import { carried, dropped, placesOf } from "./carry.ts";
import { seenAt } from "./far_card.tsx";
import { GroupFrame } from "./group_card.tsx";
import { NodeCard } from "./node_card.tsx";
import { Others } from "./others.tsx";
import { NODE_WIDTH, sizeOf } from "./sizes.ts";
import { type CardNode, toEdges, toNodes } from "./to_flow.ts";
import { Toolbar } from "./toolbar.tsx";

/**
 * Every React Flow import is in this folder. React Flow draws; the document is the truth: a drag moves React Flow's copy and
 * is one operation when it ends.
 */

const NODE_TYPES = { card: NodeCard, frame: GroupFrame };

export function Flow() {
  const workspace = useWorkspace();
  const { document: doc, selection } = workspace;
  const { people } = doc;
  const [nodes, setNodes] = useState<CardNode[]>(() => toNodes(doc.graph.value, selection.value));
  const [edges, setEdges] = useState<FlowEdge[]>(() => toEdges(doc.graph.value, selection.value));
  const flow = useRef<ReactFlowInstance | null>(null);
  const area = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const from = useRef<{ node: string; port: string; kind: "source" | "target" } | null>(null);

  useSignalEffect(() => {
    const graph = people.placed(doc.graph.value), chosen = selection.value;
    setEdges((before) => toEdges(graph, chosen, before));
    setNodes((before) => dragging.current ? before : toNodes(graph, chosen, before));
  });
  useSignalEffect(() => people.show({ selection: [...selection.value].slice(0, 500) }));

  useSignalEffect(() => {
    const node = workspace.reveal.value && doc.node(workspace.reveal.value).value;
    const instance = flow.current, box = area.current?.getBoundingClientRect();
    if (!node || !instance || !box) return;
    workspace.reveal.value = null;
    const corner = instance.flowToScreenPosition(node.position);
    const zoom = instance.getZoom();
    const inside = corner.x >= box.left && corner.y >= box.top && corner.x + NODE_WIDTH * zoom <= box.right &&
      corner.y + sizeOf(node).height * zoom <= box.bottom;
    if (!inside) {
      instance.setCenter(node.position.x + NODE_WIDTH / 2, node.position.y + sizeOf(node).height / 2, {
        zoom,
        duration: motion(180),
      });
    }
  });

  const onNodesChange = useCallback((changes: NodeChange[]) => {
    const selects = changes.filter((change) => change.type === "select");
    if (selects.length) {
      const next = new Set(selection.value);
      for (const change of selects) change.selected ? next.add(change.id) : next.delete(change.id);
      selection.value = next;
    }
    const rest = changes.filter((change) => change.type !== "select" && change.type !== "remove");
    if (rest.length) setNodes((before) => applyNodeChanges(carried(doc.graph.value, before, rest), before));
  }, []);

  // A drag is no change of the document before it ends; until then others see it as this person's.
  const onDrag = useCallback((moved: FlowNode[]) => {
    people.show({ dragging: Object.fromEntries([...placesOf(doc.graph.value, moved)].slice(0, 500)) });
  }, []);

  const onDragStop = useCallback((_: unknown, __: unknown, moved: FlowNode[]) => {
    dragging.current = false;
    // Not before the place itself is there: the nodes would jump back and forth.
    const settled = () => void doc.flush().then(() => dragging.current || people.show({ dragging: {} }));
    const operations = dropped(doc.graph.value, moved);
    if (operations.length) {
      doc.apply(
        moved.length === 1 ? `Move ${doc.node(moved[0]!.id).value?.title}` : `Move ${moved.length} nodes`,
        operations,
      );
    }
    // What was not taken, and what others did meanwhile, is drawn as it is.
    setNodes((before) => toNodes(people.placed(doc.graph.value), selection.value, before));
    settled();
  }, []);

  const edgeOf = (connection: Connection, id = newEdgeId()) => ({
    id,
    source: connection.source ?? "",
    source_port: connection.sourceHandle ?? "",
    target: connection.target ?? "",
    target_port: connection.targetHandle ?? "",
  });

  const onConnect = useCallback((connection: Connection) => {
    const edge = edgeOf(connection);
    const operations: Operation[] = [];
    // A wire into an input that holds one takes the old one's place.
    const target = doc.node(edge.target).value;
    const port = target && PORTS[target.type].inputs.find((each) => each.name === edge.target_port);
    const old = port && !port.many &&
      doc.graph.value.edges.find((each) =>
        each.target === edge.target && each.target_port === edge.target_port
      );
    if (old) operations.push({ op: "remove_edge", id: old.id });
    doc.apply("Connect", [...operations, { op: "add_edge", edge }]);
  }, []);

  const fits = useCallback((connection: Connection) => {
    const graph = doc.graph.value;
    const edge = edgeOf(connection, "-");
    const target = graph.nodes.find((node) => node.id === edge.target);
    const port = target && PORTS[target.type].inputs.find((each) => each.name === edge.target_port);
    const edges = port && !port.many
      ? graph.edges.filter((each) => !(each.target === edge.target && each.target_port === edge.target_port))
      : graph.edges;
    return refusal({ nodes: graph.nodes, edges }, edge) === null;
  }, []);

  const onConnectStart = useCallback((_: unknown, params: OnConnectStartParams) => {
    from.current = params.nodeId && params.handleId && params.handleType
      ? { node: params.nodeId, port: params.handleId, kind: params.handleType }
      : null;
    area.current?.classList.add("connecting");
    if (from.current) dim(area.current!, doc.graph.value, from.current);
  }, []);

  const onConnectEnd = useCallback((event: MouseEvent | TouchEvent) => {
    area.current?.classList.remove("connecting");
    for (const handle of area.current?.querySelectorAll(".unfit") ?? []) handle.classList.remove("unfit");
    const target = event.target as HTMLElement;
    const dragged = from.current;
    from.current = null;
    if (!dragged) return;
    const handle = target.closest<HTMLElement>(".react-flow__handle");
    if (handle) {
      const why = whyNot(doc.graph.value, dragged, handle);
      if (why) say(why);
    } else if (target.classList.contains("react-flow__pane") && "clientX" in event) {
      const box = area.current!.getBoundingClientRect();
      workspace.search.value = {
        screen: { x: event.clientX - box.left, y: event.clientY - box.top },
        position: flow.current!.screenToFlowPosition({ x: event.clientX, y: event.clientY }),
        from: dragged,
      };
    }
  }, []);

  const miniColour = useMemo(
    () => (node: FlowNode) =>
      node.type === "frame"
        ? "var(--surface-3)"
        : selection.value.has(node.id)
        ? "var(--accent)"
        : "var(--line-strong)",
    [],
  );

  // What React Flow hands on to each wire and the pane, the same at every step of a drag: else all of them are drawn anew.
  const steady = useMemo(() => ({
    onInit: (instance: ReactFlowInstance) => flow.current = instance,
    onMove: (_: unknown, { zoom }: { zoom: number }) => seenAt(zoom),
    onEdgeClick: (_: unknown, edge: FlowEdge) => selection.value = new Set([edge.id]),
    onPaneClick: () => selection.value = new Set(),
    onNodeDragStart: () => dragging.current = true,
    onNodeDrag: (_: unknown, __: unknown, moved: FlowNode[]) => onDrag(moved),
    onSelectionDragStart: () => dragging.current = true,
    onSelectionDrag: (_: unknown, moved: FlowNode[]) => onDrag(moved),
    onSelectionDragStop: (event: unknown, moved: FlowNode[]) => onDragStop(event, null, moved),
    panOnDrag: [1, 2],
    fitViewOptions: { maxZoom: 1, padding: 0.2 },
  }), []);

  // Kept: a drag draws this component at each step, and none of it changes.
  const around = useMemo(() => (
    <>
      <Background gap={24} color="var(--line)" />
      <MiniMap
        pannable
        zoomable
        nodeColor={miniColour}
        maskColor="color-mix(in srgb, var(--ground) 60%, transparent)"
      />
      <Others />
      <Toolbar onAction={(id) => runAction(workspace, id)} />
    </>
  ), []);

  return (
    <div
      ref={area}
      style="position:absolute;inset:0"
      onScrollCapture={stay}
      onPointerMove={(event) => {
        if (flow.current) {
          workspace.pointer = flow.current.screenToFlowPosition({
            x: event.clientX,
            y: event.clientY,
          });
          people.show({ cursor: workspace.pointer });
        }
      }}
      onPointerLeave={() => people.show({ cursor: null })}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        if (!flow.current) return;
        const position = flow.current.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        const onto = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset.id;
        if (dropList(workspace, event, onto)) return;
        if (dropMedia(workspace, event, { position, ...(onto ? { node: onto } : {}) })) return;
        const type = event.dataTransfer?.getData("application/x-studio-node") as NodeType | "";
        if (!type) return;
        event.preventDefault();
        addNode(workspace, type, {
          screen: { x: 0, y: 0 },
          position: { x: position.x - NODE_WIDTH / 2, y: position.y - 20 },
        });
      }}
      onDblClick={(event) => {
        if (!(event.target as HTMLElement).classList.contains("react-flow__pane")) return;
        const box = area.current!.getBoundingClientRect();
        workspace.search.value = {
          screen: { x: event.clientX - box.left, y: event.clientY - box.top },
          position: flow.current!.screenToFlowPosition({ x: event.clientX, y: event.clientY }),
        };
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        {...steady}
        onNodesChange={onNodesChange}
        onNodeDragStop={onDragStop}
        onConnect={onConnect}
        onConnectStart={onConnectStart}
        onConnectEnd={onConnectEnd}
        isValidConnection={fits}
        onlyRenderVisibleElements
        // The keyboard goes about by ../keyboard: React Flow's own moves would be in no document.
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        nodeDragThreshold={4}
        connectionRadius={28}
        minZoom={0.1}
        maxZoom={2}
        deleteKeyCode={null}
        selectionOnDrag
        panOnScroll
        zoomOnDoubleClick={false}
        fitView
      >
        {around}
      </ReactFlow>
      {nodes.length === 0 && <EmptyCanvas />}
    </div>
  );
}

/** A browser scrolls what has the focus into view, also in a box that hides its overflow: the canvas moves by its own means. */
function stay(event: Event): void {
  const box = event.target as HTMLElement;
  if (box.className.startsWith?.("react-flow")) box.scrollTo(0, 0);
}

function EmptyCanvas() {
  const workspace = useWorkspace();
  return (
    <div class="empty" style="position:absolute;inset:0;pointer-events:none">
      <h2>An empty canvas</h2>
      <p>
        A film is a chain of shots that ends in an Assembler. Add a shot, write what it shows, press Generate.
      </p>
      <button
        type="button"
        class="button primary"
        style="pointer-events:auto"
        onClick={() => addNode(workspace, "shot", { screen: { x: 0, y: 0 }, position: { x: 0, y: 0 } })}
      >
        Add the first shot
      </button>
      <p class="dim">Tab or a double click adds anything.</p>
    </div>
  );
}

/** Milliseconds of a movement; none for who asked for less. */
function motion(ms: number): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : ms;
}

/** Handles that what is dragged cannot end at are dimmed. */
function dim(
  area: HTMLElement,
  graph: Graph,
  from: { node: string; port: string; kind: "source" | "target" },
): void {
  for (const handle of area.querySelectorAll<HTMLElement>(".react-flow__handle")) {
    if (handle.dataset.nodeid === from.node || whyNot(graph, from, handle)) handle.classList.add("unfit");
  }
}

/** Why a dragged wire cannot end at a handle; null when it can. An input that would be replaced is none of the reasons. */
function whyNot(
  graph: Graph,
  from: { node: string; port: string; kind: "source" | "target" },
  handle: HTMLElement,
): string | null {
  const to = { node: handle.dataset.nodeid ?? "", port: handle.dataset.handleid ?? "" };
  const isSource = handle.classList.contains("source");
  if (isSource === (from.kind === "source")) {
    return isSource ? "A wire goes from an output to an input." : "A wire goes from an input to an output.";
  }
  const edge = from.kind === "source"
    ? { id: "-", source: from.node, source_port: from.port, target: to.node, target_port: to.port }
    : { id: "-", source: to.node, source_port: to.port, target: from.node, target_port: from.port };
  const edges = graph.edges.filter((each) =>
    !(each.target === edge.target && each.target_port === edge.target_port && each.source !== edge.source)
  );
  return refusal({ nodes: graph.nodes, edges }, edge);
}
