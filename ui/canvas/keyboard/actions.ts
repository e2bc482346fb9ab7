import { type CanvasNode, isGenerating } from "../../../shared/canvas/graph.ts";
import type { Action } from "../actions.ts";
import { nodesOnLevel } from "../levels.ts";
import { PANELS, togglePanel } from "../panels.tsx";
import { dropped } from "../flow/carry.ts";
import type { Workspace } from "../workspace.ts";
import { announce, described } from "./announce.ts";
import { focusCanvas, focusIn, focusSoon, nextPart } from "./parts.ts";
import { firstNode, nodeBeside, type Way } from "./walk.ts";

/** Canvas pixels that Alt and an arrow move by: a step of the grid. */
const STEP = 24;
const WAYS: readonly Way[] = ["left", "right", "up", "down"];
const ARROWS: Record<Way, string> = {
  left: "ArrowLeft",
  right: "ArrowRight",
  up: "ArrowUp",
  down: "ArrowDown",
};
const BY: Record<Way, [number, number]> = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/** The canvas without a pointer: going about it, moving what is chosen, wiring it, and on to the other parts of the page. */
export const KEYBOARD_ACTIONS: readonly Action[] = [
  ...WAYS.map((way): Action => ({
    id: `go_${way}`,
    looks: true,
    label: way === "left"
      ? "Back along the wire"
      : way === "right"
      ? "On along the wire"
      : `The next node ${way}`,
    keys: [ARROWS[way]],
    where: "canvas",
    run: (workspace) => go(workspace, way, false),
  })),
  ...WAYS.map((way): Action => ({
    id: `extend_${way}`,
    looks: true,
    label: `Select the next one ${way}, too`,
    keys: [`Shift+${ARROWS[way]}`],
    where: "canvas",
    run: (workspace) => go(workspace, way, true),
  })),
  ...WAYS.map((way): Action => ({
    id: `move_${way}`,
    label: `Move ${way}`,
    keys: [`Alt+${ARROWS[way]}`],
    where: "canvas",
    when: (workspace) => workspace.selection.value.size > 0,
    run: (workspace) => move(workspace, way),
  })),
  {
    id: "edit",
    looks: true,
    label: "Edit in the inspector",
    keys: ["Enter"],
    where: "canvas",
    when: (workspace) => workspace.selectedNode.value !== null,
    run: (workspace) => {
      PANELS.right.open.value = true;
      // What one writes before its name, where it has something to write.
      const node = current(workspace);
      const writes = node && (isGenerating(node) || node.type === "note" || node.type === "asset");
      focusSoon("aside.right", writes ? "textarea" : "input");
    },
  },
  {
    id: "gallery",
    looks: true,
    label: "Look through the takes",
    keys: ["t"],
    when: (workspace) => workspace.selectedNode.value !== null,
    run: () => void focusIn("aside.right .gallery", ".take[tabindex='0']"),
  },
  {
    id: "wire",
    label: "Connect or disconnect",
    keys: ["c"],
    when: (workspace) => workspace.selectedNode.value !== null,
    run: (workspace) => workspace.wiring.value = workspace.selectedNode.value,
  },
  ...(["left", "right"] as const).map((side): Action => ({
    id: `panel_${side}`,
    looks: true,
    label: `Show or hide the ${PANELS[side].name}`,
    keys: [side === "left" ? "[" : "]"],
    run: () => togglePanel(side),
  })),
  { id: "canvas", looks: true, label: "Back to the canvas", keys: ["Escape"], run: focusCanvas },
  {
    id: "next_part",
    looks: true,
    label: "The next part of the page",
    keys: ["F6"],
    run: () => nextPart(false),
  },
  {
    id: "previous_part",
    looks: true,
    label: "The part before",
    keys: ["Shift+F6"],
    run: () => nextPart(true),
  },
  {
    id: "shortcuts",
    looks: true,
    label: "All keys",
    keys: ["?", "Shift+?"],
    run: (workspace) => workspace.shortcuts.value = true,
  },
];

/** The node where an arrow starts: what was chosen last. */
function current(workspace: Workspace): CanvasNode | null {
  const id = [...workspace.selection.value].findLast((each) => workspace.document.node(each).value);
  return id === undefined ? null : workspace.document.node(id).value;
}

function go(workspace: Workspace, way: Way, more: boolean): void {
  const graph = workspace.document.graph.value;
  const from = current(workspace);
  const shown = nodesOnLevel(workspace);
  const to = from ? nodeBeside(graph, shown, from, way) : firstNode(graph, shown);
  if (!to) return announce(from ? `Nothing lies further ${way}.` : "The canvas is empty.");
  // Anew at the end, where the next arrow starts.
  const kept = more ? [...workspace.selection.value].filter((id) => id !== to.id) : [];
  workspace.selection.value = new Set([...kept, to.id]);
  workspace.reveal.value = to.id;
  announce(described(workspace, to));
}

function move(workspace: Workspace, way: Way): void {
  const graph = workspace.document.graph.value;
  const nodes = graph.nodes.filter((node) => workspace.selection.value.has(node.id));
  const [x, y] = BY[way];
  const label = nodes.length === 1 ? `Move ${nodes[0]!.title}` : `Move ${nodes.length} nodes`;
  const moved = dropped(
    graph,
    nodes.map(({ id, position }) => ({
      id,
      position: { x: position.x + x * STEP, y: position.y + y * STEP },
    })),
    workspace.levels.level.value,
  );
  if (workspace.document.apply(label, moved) && nodes.length === 1) workspace.reveal.value = nodes[0]!.id;
}
