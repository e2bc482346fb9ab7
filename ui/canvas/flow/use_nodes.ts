import { useSignalEffect } from "@preact/signals";
import { useMemo, useRef, useState } from "preact/hooks";
import { applyNodeChanges, type Node as FlowNode, type NodeChange } from "reactflow";
import { drawnAs } from "../../../shared/canvas/levels.ts";
import { useWorkspace } from "../workspace.ts";
import { carried, dropped, placesOf, together, withChosen } from "./carry.ts";
import { far } from "./far_card.tsx";
import { MANY } from "./overview/pick.ts";
import { type CardNode, type DrawnWire, type Scene, toEdges, toNodes } from "./to_flow.ts";

/**
 * What React Flow draws: its copy of the level. The document is the truth: a drag moves React Flow's copy and is one operation when it
 * ends.
 */
export function useNodes() {
  const workspace = useWorkspace();
  const { document: doc, selection, levels } = workspace;
  const { people } = doc;
  const scene = (): Scene => {
    const level = levels.level.value;
    return {
      graph: people.placed(doc.graph.value),
      level,
      ...(level === null ? {} : { border: levels.border(level).value }),
      chosen: selection.value,
    };
  };
  const [nodes, setNodes] = useState<CardNode[]>(() => toNodes(scene()));
  const [edges, setEdges] = useState<DrawnWire[]>(() => toEdges(scene()));
  const dragging = useRef(false);
  /** They are so many, and so far away, that they are painted: see overview/. */
  const painted = far.value && nodes.length >= MANY;
  const isPainted = useRef(painted);
  isPainted.current = painted;

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

  /** As React Flow does it with the cards that it has. */
  const choose = (id: string, also: boolean) => {
    const before = selection.peek();
    const next = new Set(also ? before : []);
    if (also && before.has(id)) next.delete(id);
    else next.add(id);
    selection.value = next;
  };

  const handlers = useMemo(() => {
    const onDragStart = (_: unknown, node?: FlowNode) => {
      dragging.current = true;
      if (isPainted.current && node?.id && !selection.peek().has(node.id)) {
        selection.value = new Set([node.id]);
      }
    };
    // A drag is no change of the document before it ends; until then others see it as this person's.
    const onDrag = (held: FlowNode[]) => {
      const moved = withChosen(doc.graph.value, held, selection.peek());
      people.show({
        dragging: Object.fromEntries([...placesOf(doc.graph.value, moved)].slice(0, 500)),
      });
    };
    const onDragStop = (held: FlowNode[]) => {
      dragging.current = false;
      const moved = withChosen(doc.graph.value, held, selection.peek());
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
    return {
      onNodesChange(changes: NodeChange[]) {
        const selects = changes.filter((change) => change.type === "select");
        // From afar React Flow does not know all that is chosen: its word on that is not heard.
        if (selects.length && !isPainted.current) {
          const next = new Set(selection.value);
          for (const change of selects) change.selected ? next.add(change.id) : next.delete(change.id);
          selection.value = next;
        }
        const rest = changes.filter((change) => change.type !== "select" && change.type !== "remove");
        if (rest.length) {
          setNodes((before) => {
            const all = together(before, rest, selection.peek());
            return applyNodeChanges(carried(doc.graph.value, before, all), before);
          });
        }
      },
      onEdgeClick: (_: unknown, edge: DrawnWire) =>
        void (selection.value = new Set(edge.data?.wires ?? [edge.id])),
      onNodeClick(event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }, { id }: FlowNode) {
        if (isPainted.current) choose(id, event.ctrlKey || event.metaKey || event.shiftKey);
      },
      onNodeDragStart: onDragStart,
      onNodeDrag: (_: unknown, __: unknown, moved: FlowNode[]) => onDrag(moved),
      onNodeDragStop: (_: unknown, __: unknown, moved: FlowNode[]) => onDragStop(moved),
      onSelectionDragStart: () => onDragStart(null),
      onSelectionDrag: (_: unknown, moved: FlowNode[]) => onDrag(moved),
      onSelectionDragStop: (_: unknown, moved: FlowNode[]) => onDragStop(moved),
    };
  }, [workspace]);
  return { nodes, edges, painted, choose, handlers };
}
