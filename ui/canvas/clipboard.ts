import { type CanvasNode, type Edge, Graph, TEXT_LIMIT } from "../../shared/canvas/graph.ts";
import { outsideIn, withContents } from "../../shared/canvas/groups.ts";
import { refusal } from "../../shared/canvas/ports.ts";
import type { Operation } from "../../shared/canvas/operations.ts";
import { say } from "../state/toasts.ts";
import { bringFiles } from "./assets/place.ts";
import { newEdgeId, newNode } from "./catalogue.ts";
import { isTyping } from "./typing.ts";
import type { Workspace } from "./workspace.ts";

const KIND = "generative-media-studio/nodes";

/** Nodes with the wires between them, as text on the system's clipboard: for this film, or another in another tab. */
interface Clipping {
  project: string;
  nodes: CanvasNode[];
  edges: Edge[];
  /** Wires that come in from what was not copied. */
  outside: Edge[];
}
/** For pages that may not read the system's clipboard. */
let last: Clipping | null = null;

interface Point {
  x: number;
  y: number;
}

function clip(workspace: Workspace): Clipping {
  const graph = workspace.document.graph.value;
  // A group is what lies in it.
  const chosen = withContents(graph, workspace.selection.value);
  const into = graph.edges.filter((edge) => chosen.has(edge.target));
  return {
    project: workspace.project.value.id,
    nodes: graph.nodes.filter((node) => chosen.has(node.id)),
    edges: into.filter((edge) => chosen.has(edge.source)),
    outside: into.filter((edge) => !chosen.has(edge.source)),
  };
}

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
  else if (last) lay(workspace, last, "Paste", { at: workspace.pointer });
}

/** What was copied here last, with the wires that came in from outside. */
export function pasteWired(workspace: Workspace): void {
  if (last) lay(workspace, last, "Paste with its wires", { at: workspace.pointer, wired: true });
  else say("Nothing was copied here yet.");
}

export function duplicateSelection(workspace: Workspace): void {
  lay(workspace, clip(workspace), "Duplicate", {});
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
  if (found) return lay(workspace, found, "Paste", { at: workspace.pointer });
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
  const { x, y } = workspace.pointer;
  const node = { ...newNode(workspace.document.graph.value, "note", { x, y }), text: note } as CanvasNode;
  if (!workspace.document.apply("Paste a note", [{ op: "add_node", node }])) return;
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

/** Copies with ids and shot names of their own, and the wires between them. */
function lay(
  workspace: Workspace,
  clipping: Clipping,
  label: string,
  { at, wired = false }: { at?: Point; wired?: boolean },
): void {
  const { nodes, stripped } = own(workspace, clipping);
  if (nodes.length === 0) return;
  const left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  const ids = new Map<string, string>();
  const graph = { ...workspace.document.graph.value };
  const operations: Operation[] = [];
  for (const node of outsideIn(nodes)) {
    const fresh = newNode(graph, node.type, { x: 0, y: 0 });
    ids.set(node.id, fresh.id);
    const position = at
      ? { x: Math.round(at.x + node.position.x - left), y: Math.round(at.y + node.position.y - top) }
      : { x: node.position.x + 32, y: node.position.y + 32 };
    const copy = {
      ...node,
      id: fresh.id,
      position,
      ...("shot" in fresh ? { shot: fresh.shot } : {}),
      ...(node.type === "shot" ? { title: fresh.title } : {}),
    } as typeof node;
    const parent = node.parent === undefined ? undefined : ids.get(node.parent);
    if (parent) copy.parent = parent;
    else delete copy.parent;
    graph.nodes = [...graph.nodes, copy];
    operations.push({ op: "add_node", node: copy });
  }
  for (const edge of [...clipping.edges, ...(wired ? clipping.outside : [])]) {
    const target = ids.get(edge.target);
    const source = ids.get(edge.source) ?? (wired ? edge.source : undefined);
    if (!source || !target) continue;
    const wire = { ...edge, id: newEdgeId(), source, target };
    // What it came from may be gone, or be in another film.
    if (!ids.has(edge.source) && refusal(graph, wire)) continue;
    graph.edges = [...graph.edges, wire];
    operations.push({ op: "add_edge", edge: wire });
  }
  if (!workspace.document.apply(label, operations)) return;
  workspace.selection.value = new Set(ids.values());
  if (at) workspace.reveal.value = [...ids.values()][0]!;
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
