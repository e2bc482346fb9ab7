import { type CanvasNode, Graph, TEXT_LIMIT } from "../../shared/canvas/graph.ts";
import { homeOf } from "../../shared/canvas/groups.ts";
import { attempt, say } from "../state/toasts.ts";
import { bringLink } from "./assets/bring_link.ts";
import { linkIn } from "./assets/link.ts";
import { newNode } from "./catalogue.ts";
import { type Clipping, KIND } from "./copies.ts";
import { boxOf } from "./flow/sizes.ts";
import { withFrames } from "./group_actions.ts";
import { lay } from "./lay.ts";
import type { Workspace } from "./workspace.ts";

/** Nodes that were copied, or any text, which becomes a note. */
export function pasteText(workspace: Workspace, text: string): void {
  const found = readNodes(text);
  if (typeof found === "string") return say(found, { level: "broken" });
  if (found) return layHere(workspace, found, "Paste");
  const note = text.trim();
  if (!note) return;
  const link = linkIn(note);
  if (link) return void attempt(() => bringLink(workspace, link, { position: { ...workspace.pointer } }));
  if (note.length > TEXT_LIMIT) {
    return say(
      `That is ${note.length.toLocaleString("en")} characters of text; a note holds ${
        TEXT_LIMIT.toLocaleString("en")
      }. Nothing was pasted.`,
      { level: "broken" },
    );
  }
  addNote(workspace, note, "Paste a note", workspace.pointer);
}

export function addNote(
  workspace: Workspace,
  text: string,
  label: string,
  position: { x: number; y: number },
): boolean {
  const graph = workspace.document.graph.value;
  const node = { ...newNode(graph, "note", position), text } as CanvasNode;
  const home = homeOf(graph, node, boxOf, workspace.levels.level.value) ?? workspace.levels.level.value;
  if (home !== null) node.parent = home;
  if (!workspace.document.apply(label, withFrames(graph, [{ op: "add_node", node }]))) return false;
  workspace.selection.value = new Set([node.id]);
  workspace.reveal.value = node.id;
  return true;
}

/** Nodes, why they cannot be, or null when it is any text. */
function readNodes(text: string): Clipping | string | null {
  if (!text.trimStart().startsWith("{") || !text.includes('"nodes"')) return null;
  let said: { kind?: unknown; project?: unknown; nodes?: unknown; edges?: unknown; outside?: unknown };
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  const graph = Graph.safeParse({ nodes: said.nodes, edges: said.edges });
  const outside = Graph.safeParse({ nodes: [], edges: said.outside ?? [] });
  if (graph.success && outside.success) {
    const project = typeof said.project === "string" ? said.project : "";
    return { project, ...graph.data, outside: outside.data.edges };
  }
  if (said.kind !== KIND) return null;
  const issue = graph.error?.issues[0] ?? outside.error?.issues[0];
  return `These nodes cannot be pasted: ${issue?.path.join(".")} ${issue?.message}. Copy them again.`;
}

export function layHere(workspace: Workspace, clipping: Clipping, verb: string, wired = false): void {
  const { nodes, stripped } = own(workspace, clipping);
  lay(workspace, { ...clipping, nodes }, verb, { at: workspace.pointer, wired });
  if (stripped) say("Pictures and masks stay in the film they were brought to: drop them here once more.");
}

/** Files of another film are not in this one. */
function own(workspace: Workspace, { project, nodes }: Clipping): { nodes: CanvasNode[]; stripped: boolean } {
  if (!project || project === workspace.project.value.id) return { nodes, stripped: false };
  let stripped = false;
  const bare = nodes.map((node) => {
    if (node.type === "asset" && node.images.length) return (stripped = true, { ...node, images: [] });
    if (node.type !== "edit_image" || !node.mask) return node;
    stripped = true;
    const { mask: _, ...rest } = node;
    return rest;
  });
  return { nodes: bare, stripped };
}
