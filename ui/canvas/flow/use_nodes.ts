import { useComputed, useSignalEffect } from "@preact/signals";
import { useMemo, useRef, useState } from "preact/hooks";
import { applyNodeChanges, type Node as FlowNode, type NodeChange } from "reactflow";
import { clip, duplicate } from "../copies.ts";
import { drawnAs } from "../../../shared/canvas/levels.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { useSteady } from "../steady.ts";
import { useWorkspace } from "../workspace.ts";
import { carried, dropped, placesOf, stayingOf } from "./carry.ts";
import { type CardNode, type DrawnWire, type Scene, toEdges, toNodes } from "./to_flow.ts";

/**
 * What React Flow draws: its copy of the level. The document is the truth: a drag moves React Flow's copy and is one operation when it
 * ends.
 */
export function useNodes() {
  const workspace = useWorkspace();
  const { document: doc, live, selection, levels } = workspace;
  const { people } = doc;
  const busy = useSteady(() =>
    [...live.jobs.value.values()].filter((job) =>
      job.state === "leased" && (job.branch ?? MAIN) === workspace.branch
    )
      .map((job) => job.node_id ?? "").sort()
  );
  const working = useComputed(() => new Set(busy.value));
  const scene = (): Scene => {
    const level = levels.level.value;
    return {
      graph: people.placed(doc.graph.value),
      level,
      ...(level === null ? {} : { border: levels.border(level).value }),
      chosen: selection.value,
      working: working.value,
    };
  };
  const [nodes, setNodes] = useState<CardNode[]>(() => toNodes(scene()));
  const [edges, setEdges] = useState<DrawnWire[]>(() => toEdges(scene()));
  const dragging = useRef(false);
  /** What was chosen when a box was begun with Shift: it stays so. */
  const kept = useRef<ReadonlySet<string>>(new Set());
  /** Alt was held when the drag began: it is copies that are dragged. */
  const cloning = useRef(false);

  useSignalEffect(() => {
    const now = scene();
    setEdges((before) => toEdges(now, before));
    setNodes((before) => dragging.current ? before : toNodes(now, before));
  });

  // What comes to lie in a folded group, or on another level, is not chosen any more: nobody would see that it is.
  useSignalEffect(() => {
    const all = doc.nodes.value, level = levels.level.value;
    const shown = [...selection.value].filter((id) => !all.has(id) || drawnAs(all, id, level) === id);
    if (shown.length < selection.value.size) selection.value = new Set(shown);
  });

  const handlers = useMemo(() => {
    const onDragStart = (event: unknown, moved: FlowNode[]) => {
      dragging.current = true;
      cloning.current = workspace.canEdit && (event as MouseEvent).altKey;
      // What stays where it is, until the copies are there.
      if (cloning.current) setNodes((before) => [...before, ...stayingOf(doc.graph.value, before, moved)]);
    };
    // A drag is no change of the document before it ends; until then others see it as this person's.
    const onDrag = (moved: FlowNode[]) =>
      cloning.current || people.show({
        dragging: Object.fromEntries([...placesOf(doc.graph.value, moved)].slice(0, 500)),
      });
    const onDragStop = (moved: FlowNode[]) => {
      dragging.current = false;
      if (cloning.current) return clone(moved);
      const operations = dropped(doc.graph.value, moved, levels.level.value);
      if (operations.length) {
        const label = moved.length === 1
          ? `Move ${doc.node(moved[0]!.id).value?.title}`
          : `Move ${moved.length} nodes`;
        doc.apply(label, operations);
      }
      // What was not taken, and what others did meanwhile, is drawn as it is.
      setNodes((before) => toNodes(scene(), before));
      // Not before the place itself is there: the nodes would jump back and forth.
      void doc.flush().then(() => dragging.current || people.show({ dragging: {} }));
    };
    const clone = (moved: FlowNode[]) => {
      cloning.current = false;
      const [first] = moved, was = first && doc.node(first.id).value?.position;
      setNodes((before) => toNodes(scene(), before));
      people.show({ dragging: {} });
      if (!was) return;
      const by = { x: Math.round(first.position.x - was.x), y: Math.round(first.position.y - was.y) };
      if (by.x || by.y) void duplicate(workspace, clip(workspace, moved.map((node) => node.id)), by);
    };
    return {
      onNodesChange(changes: NodeChange[]) {
        const selects = changes.filter((change) => change.type === "select");
        if (selects.length) {
          const next = new Set(selection.value);
          for (const change of selects) change.selected ? next.add(change.id) : next.delete(change.id);
          for (const id of kept.current) next.add(id);
          selection.value = next;
        }
        const rest = changes.filter((change) => change.type !== "select" && change.type !== "remove");
        if (rest.length) {
          setNodes((before) => applyNodeChanges(carried(doc.graph.value, before, rest), before));
        }
      },
      onPointerDownCapture(event: { shiftKey: boolean; target: unknown }) {
        const box = event.shiftKey && (event.target as HTMLElement).classList.contains("react-flow__pane");
        kept.current = new Set(box ? selection.peek() : []);
      },
      onSelectionEnd: () => void (kept.current = new Set()),
      onEdgeClick: (_: unknown, edge: DrawnWire) =>
        void (selection.value = new Set(edge.data?.wires ?? [edge.id])),
      onPaneClick: () => void (selection.value = new Set(kept.current)),
      onNodeDragStart: (event: unknown, _: unknown, moved: FlowNode[]) => onDragStart(event, moved),
      onNodeDrag: (_: unknown, __: unknown, moved: FlowNode[]) => onDrag(moved),
      onNodeDragStop: (_: unknown, __: unknown, moved: FlowNode[]) => onDragStop(moved),
      onSelectionDragStart: (event: unknown, moved: FlowNode[]) => onDragStart(event, moved),
      onSelectionDrag: (_: unknown, moved: FlowNode[]) => onDrag(moved),
      onSelectionDragStop: (_: unknown, moved: FlowNode[]) => onDragStop(moved),
    };
  }, [workspace]);
  return { nodes, edges, handlers };
}
