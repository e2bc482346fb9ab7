import { useSignalEffect } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { Background, MiniMap, type Node as FlowNode, ReactFlow, type ReactFlowInstance } from "reactflow";
import type { NodeType } from "../../../shared/canvas/graph.ts";
import { dropList } from "../inspector/conform.ts";
import { dropMedia } from "../assets/drag.ts";
import { addNode, runAction } from "../actions.ts";
import { goToLevel } from "../levels.ts";
import { nodeMenu } from "../menu/menu.ts";
import { GRID, navigation, snapping } from "../navigation.ts";
import { lazily } from "../../components/lazily.tsx";
import { useWorkspace } from "../workspace.ts";
import { Boundary } from "./boundary.tsx";
import { Breadcrumb } from "./breadcrumb.tsx";
import { EmptyCanvas } from "./empty_canvas.tsx";
import { seenAt } from "./far_card.tsx";
import { useGestures } from "./gestures.ts";
import { GroupFrame } from "./group_card.tsx";
import { NodeCard } from "./node_card.tsx";
import { Others } from "./others.tsx";
import { NODE_WIDTH } from "./sizes.ts";
import type { PortOffer } from "./port_menu.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useNodes } from "./use_nodes.ts";
import { useView, ZOOM } from "./use_view.ts";
import { useWires } from "./use_wires.ts";

const PortMenu = lazily<{ offer: PortOffer; close: () => void }>(() =>
  import("../parts.ts").then((module) => module.PortMenu)
);

/** Every React Flow import is in this folder. React Flow draws one level of the film; the document is the truth. */

const MIDDLE_AND_RIGHT = [1, 2];
const SEVERAL = ["Shift", "Control", "Meta"];
const SNAP: [number, number] = [GRID, GRID];
const NODE_TYPES = { card: NodeCard, frame: GroupFrame, boundary: Boundary };

export function Flow() {
  const workspace = useWorkspace();
  const { document: doc, selection, levels } = workspace;
  const { people } = doc;
  const flow = useRef<ReactFlowInstance | null>(null);
  const area = useRef<HTMLDivElement>(null);
  const { nodes, edges, handlers } = useGestures(useNodes());
  const wires = useWires(area, flow);
  useView(area, flow);
  useSignalEffect(() => people.show({ selection: [...selection.value].slice(0, 500) }));
  useSignalEffect(() => people.show({ level: levels.level.value }));

  const place = (event: MouseEvent) =>
    flow.current!.screenToFlowPosition({ x: event.clientX, y: event.clientY });
  const miniColour = useMemo(
    () => (node: FlowNode) =>
      node.type === "frame" || node.type === "boundary"
        ? "var(--surface-3)"
        : selection.value.has(node.id)
        ? "var(--accent)"
        : "var(--line-strong)",
    [],
  );

  // What React Flow hands on to each wire and the pane, the same at every step of a drag: else all of them are drawn anew.
  const steady = useMemo(() => ({
    onInit: (instance: ReactFlowInstance) => void (flow.current = instance),
    onMove: (_: unknown, { zoom }: { zoom: number }) => seenAt(zoom),
    onNodeDoubleClick: (event: { target: unknown }, node: FlowNode) => {
      if ((event.target as HTMLElement).closest("button, input")) return;
      if (doc.node(node.id).value?.type === "group") goToLevel(workspace, node.id);
    },
    onNodeContextMenu: (event: unknown, node: FlowNode) => nodeMenu(workspace, event as MouseEvent, node.id),
    fitViewOptions: { maxZoom: 1, padding: 0.2 },
  }), [workspace]);
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
  ), [workspace]);

  return (
    <div
      ref={area}
      style="position:absolute;inset:0"
      onScrollCapture={stay}
      onKeyDownCapture={(event) => {
        // React Flow lets go of its node first, and the key would then mean to go up.
        if (event.key !== "Escape" || (event.target as HTMLElement).closest("input, textarea, select")) {
          return;
        }
        event.stopPropagation();
        runAction(workspace, "let_go");
      }}
      onPointerMove={(event) => {
        if (!flow.current) return;
        workspace.pointer = place(event);
        people.show({ cursor: workspace.pointer });
      }}
      onPointerLeave={() => people.show({ cursor: null })}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        if (!flow.current) return;
        const position = place(event);
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
          position: place(event),
        };
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        {...steady}
        {...handlers}
        {...wires.handlers}
        onlyRenderVisibleElements
        // The keyboard goes about by ../keyboard: React Flow's own moves would be in no document.
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        nodeDragThreshold={4}
        connectionRadius={28}
        minZoom={ZOOM.least}
        maxZoom={ZOOM.most}
        deleteKeyCode={null}
        selectionOnDrag={navigation.value === "box"}
        selectionKeyCode={navigation.value === "box" ? null : "Shift"}
        multiSelectionKeyCode={SEVERAL}
        panOnDrag={navigation.value === "box" ? MIDDLE_AND_RIGHT : true}
        panOnScroll={navigation.value === "box"}
        snapToGrid={snapping.value}
        snapGrid={SNAP}
        zoomOnDoubleClick={false}
        fitView
      >
        {around}
      </ReactFlow>
      <Breadcrumb />
      {wires.offer.value && <PortMenu offer={wires.offer.value} close={() => wires.offer.value = null} />}
      {nodes.length === 0 && <EmptyCanvas />}
    </div>
  );
}

/** A browser scrolls what has the focus into view, also in a box that hides its overflow: the canvas moves by its own means. */
function stay(event: Event): void {
  const box = event.target as HTMLElement;
  if (box.className.startsWith?.("react-flow")) box.scrollTo(0, 0);
}
