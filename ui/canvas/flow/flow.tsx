import { useSignal, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { type Node as FlowNode, ReactFlow, type ReactFlowInstance } from "reactflow";
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
import { Dots } from "./dots.tsx";
import { EmptyCanvas } from "./empty_canvas.tsx";
import { seenAt } from "./far_card.tsx";
import { useGestures } from "./gestures.ts";
import { GroupFrame } from "./group_card.tsx";
import { KnownEnds } from "./known_ends.tsx";
import type { MiniMapProps } from "./mini_map.tsx";
import { NodeCard } from "./node_card.tsx";
import { Others } from "./others.tsx";
import type { OverviewProps } from "./overview/overview.tsx";
import { cardAt } from "./overview/pick.ts";
import { NODE_WIDTH } from "./sizes.ts";
import type { PortOffer } from "./port_menu.tsx";
import type { DrawnWire } from "./to_flow.ts";
import { Toolbar } from "./toolbar.tsx";
import { useNodes } from "./use_nodes.ts";
import { useView, ZOOM } from "./use_view.ts";
import { useOpening } from "./view.tsx";
import { useWires } from "./use_wires.ts";

const MiniMap = lazily<MiniMapProps>(() => import("../parts.ts").then((module) => module.MiniMap));
const Overview = lazily<OverviewProps>(() => import("../parts.ts").then((module) => module.Overview));
const PortMenu = lazily<{ offer: PortOffer; close: () => void }>(() =>
  import("../parts.ts").then((module) => module.PortMenu)
);

/** Every React Flow import is in this folder. React Flow draws one level of the film; the document is the truth. */

const MIDDLE_AND_RIGHT = [1, 2];
const SEVERAL = ["Shift", "Control", "Meta"];
const SNAP: [number, number] = [GRID, GRID];
/** As many of the chosen nodes are mounted from afar, so that what is done to them by keys is done at their place. */
const FEW = 20;
const NO_WIRES: DrawnWire[] = [];
const NODE_TYPES = { card: NodeCard, frame: GroupFrame, boundary: Boundary };

export function Flow() {
  const workspace = useWorkspace();
  const { document: doc, selection, levels } = workspace;
  const { people } = doc;
  const flow = useRef<ReactFlowInstance | null>(null);
  const area = useRef<HTMLDivElement>(null);
  const { nodes, edges, painted, choose, handlers } = useGestures(useNodes());
  const wires = useWires(area, flow);
  useView(area, flow);
  useSignalEffect(() => people.show({ selection: [...selection.value].slice(0, 500) }));
  useSignalEffect(() => people.show({ level: levels.level.value }));

  const place = (event: MouseEvent) =>
    flow.current!.screenToFlowPosition({ x: event.clientX, y: event.clientY });
  const opening = useOpening(area);
  /** For what is painted of them beside React Flow. */
  const laid = useSignal({ nodes, edges });
  useLayoutEffect(() => void (laid.value = { nodes, edges }), [nodes, edges]);
  const held = useSignal<string | null>(null);
  // From afar React Flow has what is taken hold of, a few that are chosen, and the frames around them.
  const mounted = useMemo(() => {
    const few = selection.value.size <= FEW;
    return painted
      ? nodes.filter((node) => node.type !== "card" || node.id === held.value || few && node.selected)
      : nodes;
  }, [painted, nodes, held.value]);
  const under = (event: MouseEvent) =>
    painted && flow.current ? cardAt(nodes, place(event))?.id ?? null : null;
  const atPointer = useRef(under);
  atPointer.current = under;

  // What React Flow hands on to each wire and the pane, the same at every step of a drag: else all of them are drawn anew.
  const steady = useMemo(() => ({
    onInit: (instance: ReactFlowInstance) => void (flow.current = instance),
    // While it moves, what is on it is a layer that is shifted; at rest it is painted anew, sharp at its zoom. Chromium keeps such a
    // layer at actual size or more: from afar it would be many screens large.
    onMoveStart: (_: unknown, { zoom }: { zoom: number }) =>
      void area.current?.classList.toggle("moving", zoom > 0.6),
    onMoveEnd: () => area.current?.classList.remove("moving"),
    onMove: (_: unknown, { zoom }: { zoom: number }) => seenAt(zoom),
    onPaneClick(event: unknown) {
      const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
      // A finger touches what no pointer was on before.
      const id = atPointer.current(event as MouseEvent);
      if (id) choose(id, ctrlKey || metaKey || shiftKey);
      else selection.value = new Set();
    },
    onNodeDoubleClick: (event: { target: unknown }, node: FlowNode) => {
      if ((event.target as HTMLElement).closest("button, input")) return;
      if (doc.node(node.id).value?.type === "group") goToLevel(workspace, node.id);
    },
    onNodeContextMenu: (event: unknown, node: FlowNode) => nodeMenu(workspace, event as MouseEvent, node.id),
  }), [workspace]);
  // Kept: a drag draws this component at each step, and none of it changes.
  const around = useMemo(() => (
    <>
      <Dots />
      <KnownEnds />
      <MiniMap laid={laid} />
      <Others />
      <Toolbar onAction={(id) => runAction(workspace, id)} />
    </>
  ), [workspace]);

  return (
    <div
      ref={area}
      style="position:absolute;inset:0"
      class={painted ? "afar" : ""}
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
        // Not while something is dragged.
        if (event.buttons === 0) held.value = isOnCanvas(event) ? under(event) : null;
        people.show({ cursor: workspace.pointer });
      }}
      onPointerLeave={() => {
        held.value = null;
        people.show({ cursor: null });
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        if (!flow.current) return;
        const position = place(event);
        const onto = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset.id ??
          under(event) ?? undefined;
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
      {opening && (
        <ReactFlow
          nodes={mounted}
          edges={painted ? NO_WIRES : edges}
          defaultViewport={opening}
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
        >
          {around}
          {painted && <Overview laid={laid} held={held.value} />}
        </ReactFlow>
      )}
      <Breadcrumb />
      {wires.offer.value && <PortMenu offer={wires.offer.value} close={() => wires.offer.value = null} />}
      {nodes.length === 0 && <EmptyCanvas />}
    </div>
  );
}

/** Not on what lies over it: the bar, the map. */
function isOnCanvas({ target }: Event): boolean {
  return (target as HTMLElement).closest(".react-flow__renderer") !== null;
}

/** A browser scrolls what has the focus into view, also in a box that hides its overflow: the canvas moves by its own means. */
function stay(event: Event): void {
  const box = event.target as HTMLElement;
  if (box.className.startsWith?.("react-flow")) box.scrollTo(0, 0);
}
