import { later } from "../components/lazily.tsx";
import { attempt, say } from "../state/toasts.ts";
import { bringFiles } from "./assets/drag.ts";
import { clip, type Clipping, KIND } from "./copies.ts";
import { isTyping } from "./typing.ts";
import type { Workspace } from "./workspace.ts";

const pasting = later(() => import("./parts.ts"));

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
  else if (last) layLast(workspace, last);
}

/** What was copied here last, with the wires that came in from outside. */
export function pasteWired(workspace: Workspace): void {
  if (last) layLast(workspace, last, true);
  else say("Nothing was copied here yet.");
}

function layLast(workspace: Workspace, clipping: Clipping, wired = false): void {
  void attempt(async () => (await pasting()).layHere(workspace, clipping, "Paste", wired));
}

function pasteText(workspace: Workspace, text: string): void {
  void attempt(async () => (await pasting()).pasteText(workspace, text));
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
