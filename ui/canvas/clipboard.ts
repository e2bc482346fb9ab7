import { type CanvasNode, Graph, TEXT_LIMIT } from "../../shared/canvas/graph.ts";
import { homeOf } from "../../shared/canvas/groups.ts";
import { say } from "../state/toasts.ts";
import { bringFiles } from "./assets/drag.ts";
import { newNode } from "./catalogue.ts";
import { clip, type Clipping, lay } from "./copies.ts";
import { boxOf } from "./flow/sizes.ts";
import { withFrames } from "./group_actions.ts";
import { isTyping } from "./typing.ts";
import type { Workspace } from "./workspace.ts";

const KIND = "generative-media-studio/nodes";

/** For pages that may not read the system's clipboard. */
let last: Clipping | null = null;

/** Text of what is selected; null when that is no node. */
function textOfSelection(workspace: Workspace): string | null {
  const clipping = clip(workspace);
  if (!clipping.nodes.length) return null;
  last = clipping;
  return JSON.stringify({ kind: KIND, ...clipping });
}

/** From the palette: where the browser gives no clipboard to a page, its own memory serves. */
export function copySelection(workspace: Workspace): void {
  const text = textOfSelection(workspace);
  if (text) void navigator.clipboard?.writeText(text).catch(() => {});
}

export function cutSelection(workspace: Workspace): void {
  copySelection(workspace);
  removeSelection(workspace);
}

export async function paste(workspace: Workspace): Promise<void> {
  const text = await navigator.clipboard?.readText().catch(() => null) ?? null;
  if (text) pasteText(workspace, text);
  else if (last) layHere(workspace, last, "Paste");
}

/** What was copied here last, with the wires that came in from outside. */
export function pasteWired(workspace: Workspace): void {
  if (last) layHere(workspace, last, "Paste", true);
  else say("Nothing was copied here yet.");
}

/** The browser's own copy, cut and paste: they need no permission, and bring files. */
export function listenForClipboard(workspace: Workspace): () => void {
  const elsewhere = (event: ClipboardEvent) =>
    event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]") !== null;
  const copy = (event: ClipboardEvent) => {
    if (elsewhere(event) || document.getSelection()?.isCollapsed === false) return;
    if (event.type === "cut" && !workspace.canEdit) return;
    const text = textOfSelection(workspace);
    if (!text) return;
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    if (event.type === "cut") removeSelection(workspace);
  };
  const pasted = (event: ClipboardEvent) => {
    if (elsewhere(event) || !workspace.canEdit) return;
    event.preventDefault();
    const files = [...event.clipboardData?.files ?? []];
    if (files.length) return void bringFiles(workspace, files, { position: { ...workspace.pointer } });
    pasteText(workspace, event.clipboardData?.getData("text/plain") ?? "");
  };
  document.addEventListener("copy", copy);
  document.addEventListener("cut", copy);
  document.addEventListener("paste", pasted);
  return () => {
    document.removeEventListener("copy", copy);
    document.removeEventListener("cut", copy);
    document.removeEventListener("paste", pasted);
  };
}

/** Takes away what was copied just before. */
function removeSelection(workspace: Workspace): void {
  const { nodes } = clip(workspace);
  const label = nodes.length === 1 ? `Cut ${nodes[0]!.title}` : `Cut ${nodes.length} nodes`;
  const operations = nodes.toReversed().map(({ id }) => ({ op: "remove_node", id }) as const);
  if (workspace.document.apply(label, operations)) workspace.selection.value = new Set();
}

/** Nodes that were copied, or any text, which becomes a note. */
function pasteText(workspace: Workspace, text: string): void {
  const found = readNodes(text);
  if (typeof found === "string") return say(found, { level: "broken" });
  if (found) return layHere(workspace, found, "Paste");
  const note = text.trim();
  if (!note) return;
  if (note.length > TEXT_LIMIT) {
    return say(
      `That is ${note.length.toLocaleString("en")} characters of text; a note holds ${
        TEXT_LIMIT.toLocaleString("en")
      }. Nothing was pasted.`,
      { level: "broken" },
    );
  }
  const graph = workspace.document.graph.value;
  const node = { ...newNode(graph, "note", { ...workspace.pointer }), text: note } as CanvasNode;
  const home = homeOf(graph, node, boxOf, workspace.levels.level.value) ?? workspace.levels.level.value;
  if (home !== null) node.parent = home;
  if (!workspace.document.apply("Paste a note", withFrames(graph, [{ op: "add_node", node }]))) return;
  workspace.selection.value = new Set([node.id]);
  workspace.reveal.value = node.id;
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

function layHere(workspace: Workspace, clipping: Clipping, verb: string, wired = false): void {
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
