import type { NodeType } from "../../shared/canvas/graph.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { homeOf, withContents } from "../../shared/canvas/groups.ts";
import { PORTS, refusal } from "../../shared/canvas/ports.ts";
import { later } from "../components/lazily.tsx";
import { attempt, say } from "../state/toasts.ts";
import { ALIGN_ACTIONS } from "./align_actions.ts";
import { bringFiles, chooseFiles, MEDIA } from "./assets/drag.ts";
import { BRANCH_ACTIONS } from "./branches/branch_actions.ts";
import { newEdgeId, newNode } from "./catalogue.ts";
import { copySelection, cutSelection, paste, pasteWired } from "./clipboard.ts";
import { clip, duplicate } from "./copies.ts";
import { DIAGNOSTICS_ACTION } from "./diagnostics/actions.ts";
import { boxOf } from "./flow/sizes.ts";
import {
  dissolveSelection,
  enterSelection,
  foldSelection,
  groupSelection,
  selectedGroups,
  takeOut,
  ungroupSelection,
  withFrames,
} from "./group_actions.ts";
import { KEYBOARD_ACTIONS } from "./keyboard/actions.ts";
import { goUp, nodesOnLevel } from "./levels.ts";
import { OFF_ACTIONS } from "./left_out/actions.ts";
import { LIBRARY_ACTIONS } from "./library/actions.ts";
import { LOCK_ACTIONS } from "./locks/actions.ts";
import { MENU_ACTIONS } from "./menu/actions.ts";
import { beside } from "./palette/beside.ts";
import { assemblerOf, renderFilm } from "./render.ts";
import { VIEW_ACTIONS } from "./view_actions.ts";
import type { SearchAt, Workspace } from "./workspace.ts";

const generating = later(() => import("./parts.ts"));
/** By need: what is asked of the machines. */
const ask = (run: (made: Awaited<ReturnType<typeof generating>>) => Promise<void>) =>
  void attempt(async () => await run(await generating()));

/** One thing a person can do. The table feeds the palette, the keys, the toolbar and the tests. */
export interface Action {
  id: string;
  label: string;
  /** Others that find it in the palette. */
  words?: string;
  /** `Mod` is Ctrl, or Cmd on a Mac. */
  keys?: readonly string[];
  /** The browser makes an event of its own of these keys, which is answered elsewhere (clipboard.ts). */
  byBrowser?: true;
  /** Only while the canvas has the focus, or nothing has: keys that mean something else in a list or a menu. */
  where?: "canvas";
  /** It changes nothing: a viewer can do it too. */
  looks?: true;
  when?: (workspace: Workspace) => boolean;
  /** It switches something, which is on now. */
  on?: (workspace: Workspace) => boolean;
  run: (workspace: Workspace) => void;
}

const someSelected = (workspace: Workspace) => workspace.selection.value.size > 0;

const TABLE: readonly Action[] = [
  { id: "undo", label: "Undo", keys: ["Mod+z"], run: (workspace) => void workspace.document.undo() },
  {
    id: "redo",
    label: "Redo",
    keys: ["Mod+Shift+z", "Mod+y"],
    run: (workspace) => void workspace.document.redo(),
  },
  { id: "delete", label: "Delete", keys: ["Delete", "Backspace"], when: someSelected, run: deleteSelection },
  {
    id: "duplicate",
    label: "Duplicate",
    keys: ["Mod+d"],
    when: someSelected,
    run: (workspace) => void duplicate(workspace, clip(workspace)),
  },
  { id: "copy", label: "Copy", keys: ["Mod+c"], byBrowser: true, when: someSelected, run: copySelection },
  { id: "cut", label: "Cut", keys: ["Mod+x"], byBrowser: true, when: someSelected, run: cutSelection },
  {
    id: "paste",
    label: "Paste",
    keys: ["Mod+v"],
    byBrowser: true,
    run: (workspace) => void paste(workspace),
  },
  { id: "paste_wired", label: "Paste with the wires that came in", keys: ["Mod+Shift+v"], run: pasteWired },
  {
    id: "group",
    label: "Group",
    keys: ["Mod+g"],
    when: someSelected,
    run: (workspace) => groupSelection(workspace),
  },
  {
    id: "group_folded",
    label: "Group into one folded card",
    keys: ["Mod+Shift+e"],
    when: someSelected,
    run: (workspace) => groupSelection(workspace, true),
  },
  {
    id: "ungroup",
    label: "Ungroup",
    keys: ["Mod+Shift+g"],
    when: (workspace) => selectedGroups(workspace).length > 0,
    run: ungroupSelection,
  },
  {
    id: "dissolve",
    label: "Dissolve the group and all groups in it",
    when: (workspace) => selectedGroups(workspace).length > 0,
    run: dissolveSelection,
  },
  {
    id: "fold",
    label: "Fold or unfold the group",
    keys: ["Alt+c"],
    when: (workspace) => selectedGroups(workspace).length > 0,
    run: foldSelection,
  },
  {
    id: "enter",
    label: "Go into the group",
    keys: ["Enter", "i"],
    when: (workspace) => selectedGroups(workspace).length === 1,
    run: enterSelection,
  },
  {
    id: "up",
    label: "Go up, out of the group",
    keys: ["u"],
    when: (workspace) => workspace.levels.level.value !== null,
    run: goUp,
  },
  {
    id: "take_out",
    label: "Take out of the group",
    when: (workspace) => workspace.levels.level.value !== null && someSelected(workspace),
    run: takeOut,
  },
  {
    id: "let_go",
    label: "Select nothing, or go up",
    keys: ["Escape"],
    where: "canvas",
    when: (workspace) => someSelected(workspace) || workspace.levels.level.value !== null,
    run: letGo,
  },
  {
    id: "rename",
    label: "Rename",
    keys: ["F2"],
    when: (workspace) => workspace.selectedNode.value !== null,
    run: (workspace) => workspace.renaming.value = workspace.selectedNode.value,
  },
  ...OFF_ACTIONS,
  ...ALIGN_ACTIONS,
  ...VIEW_ACTIONS,
  { id: "select_all", label: "Select all", keys: ["Mod+a"], run: selectAll },
  {
    id: "add",
    label: "Add a node",
    keys: ["Tab"],
    where: "canvas",
    run: (workspace) => openSearch(workspace),
  },
  {
    id: "palette",
    label: "All commands",
    keys: ["Mod+k", "Mod+Shift+p"],
    run: (workspace) => workspace.palette.value = true,
  },
  {
    id: "import",
    label: "Import files",
    run: (workspace) =>
      chooseFiles(
        MEDIA,
        (files) => void bringFiles(workspace, files, { position: { ...workspace.pointer } }),
      ),
  },
  { id: "preview", label: "Preview the film", keys: ["p"], run: preview },
  { id: "render", label: "Render the film", run: (workspace) => void renderFilm(workspace) },
  {
    id: "generate",
    label: "Generate",
    keys: ["Mod+Enter"],
    when: someSelected,
    run: (workspace) => ask(({ generateSelection }) => generateSelection(workspace)),
  },
  {
    id: "generate_downstream",
    label: "Generate what it feeds and is out of date",
    when: someSelected,
    run: (workspace) => ask(({ generateDownstream }) => generateDownstream(workspace)),
  },
  {
    id: "generate_stale",
    label: "Generate everything that is out of date",
    keys: ["Mod+Shift+Enter"],
    run: (workspace) => ask(({ generateStale }) => generateStale(workspace)),
  },
  DIAGNOSTICS_ACTION,
  ...BRANCH_ACTIONS,
  ...LIBRARY_ACTIONS,
  ...LOCK_ACTIONS,
  ...MENU_ACTIONS,
  ...KEYBOARD_ACTIONS,
  {
    id: "cancel_all",
    label: "Cancel all waiting jobs",
    run: (workspace) => ask(({ cancelAll }) => cancelAll(workspace)),
  },
];

/** What a viewer can do too; whatever else is in the table changes the film or asks for work. */
const LOOKS: ReadonlySet<string> = new Set([
  "copy",
  "select_all",
  "palette",
  "preview",
  ...VIEW_ACTIONS.filter((action) => action.id !== "snap").map((action) => action.id),
  "enter",
  "up",
  "let_go",
  "compare_branches",
]);

export const ACTIONS: readonly Action[] = TABLE.map((action) =>
  action.looks || LOOKS.has(action.id) ? action : {
    ...action,
    when: (workspace) => workspace.canEdit && (action.when?.(workspace) ?? true),
  }
);

export function runAction(workspace: Workspace, id: string): void {
  const action = ACTIONS.find((each) => each.id === id);
  if (action && (action.when?.(workspace) ?? true)) action.run(workspace);
}

function letGo(workspace: Workspace): void {
  if (someSelected(workspace)) workspace.selection.value = new Set();
  else goUp(workspace);
}

function openSearch(workspace: Workspace): void {
  // Who has the pointer on the canvas means that place; who goes by keyboard means beside what is there.
  const pointed = document.querySelector("#canvas:hover");
  workspace.search.value = {
    screen: { x: 320, y: 160 },
    position: pointed ? { ...workspace.pointer } : beside(workspace),
  };
}

/** Adds a node, wired to what the search was dragged from, or after the selected shot. */
export function addNode(workspace: Workspace, type: NodeType, at: SearchAt): void {
  const graph = workspace.document.graph.value;
  const node = newNode(graph, type, at.position);
  const home = homeOf(graph, node, boxOf, workspace.levels.level.value);
  if (home !== null) node.parent = home;
  const operations: Operation[] = [{ op: "add_node", node }];
  const from = at.from ?? selectedOutput(workspace);
  if (from) {
    const edge = fittingEdge({ nodes: [...graph.nodes, node], edges: graph.edges }, from, node.id, type);
    if (edge) operations.push({ op: "add_edge", edge });
  }
  if (!workspace.document.apply(`Add ${node.title}`, withFrames(graph, operations))) return;
  workspace.selection.value = new Set([node.id]);
  workspace.reveal.value = node.id;
}

function selectedOutput(workspace: Workspace): SearchAt["from"] {
  const id = workspace.selectedNode.value;
  const node = id ? workspace.document.node(id).value : null;
  const output = node && PORTS[node.type].outputs[0];
  return output ? { node: id!, port: output.name, kind: "source" } : undefined;
}

/** The first wire between a dragged port and a node of `type` that the rules allow. */
function fittingEdge(
  graph: Workspace["document"]["graph"]["value"],
  from: NonNullable<SearchAt["from"]>,
  id: string,
  type: NodeType,
) {
  const ports = from.kind === "source" ? PORTS[type].inputs : PORTS[type].outputs;
  for (const port of ports) {
    const edge = from.kind === "source"
      ? { id: newEdgeId(), source: from.node, source_port: from.port, target: id, target_port: port.name }
      : { id: newEdgeId(), source: id, source_port: port.name, target: from.node, target_port: from.port };
    if (!refusal(graph, edge)) return edge;
  }
  return null;
}

function deleteSelection(workspace: Workspace): void {
  const graph = workspace.document.graph.value;
  // A collapsed group goes with what lies in it, which nobody sees apart; of an open one the frame goes.
  const shut = selectedGroups(workspace).filter((group) => group.collapsed).map((group) => group.id);
  const chosen = new Set([...workspace.selection.value, ...withContents(graph, shut)]);
  const nodes = graph.nodes.filter((node) => chosen.has(node.id));
  const edges = graph.edges.filter((edge) =>
    chosen.has(edge.id) && !nodes.some((node) => node.id === edge.source || node.id === edge.target)
  );
  const label = nodes.length === 1
    ? `Delete ${nodes[0]!.title}`
    : `Delete ${nodes.length + edges.length} things`;
  const done = workspace.document.apply(label, [
    ...edges.map((edge) => ({ op: "remove_edge", id: edge.id }) as const),
    ...nodes.map((node) => ({ op: "remove_node", id: node.id }) as const),
  ]);
  if (!done) return;
  workspace.selection.value = new Set();
  if (nodes.length) {
    say(`${label.replace("Delete", "Deleted")}. Takes that were made stay in the film's folder.`, {
      action: { label: "Undo", run: () => void workspace.document.undo() },
    });
  }
}

function preview(workspace: Workspace): void {
  const assembler = assemblerOf(workspace);
  if (assembler) workspace.previewing.value = assembler;
}

function selectAll(workspace: Workspace): void {
  workspace.selection.value = new Set(nodesOnLevel(workspace).map((node) => node.id));
}
