import type { CanvasNode, Edge } from "../../shared/canvas/graph.ts";
import { withContents } from "../../shared/canvas/groups.ts";
import { later } from "../components/lazily.tsx";
import { attempt } from "../state/toasts.ts";
import type { Workspace } from "./workspace.ts";

const laying = later(() => import("./parts.ts"));

/** How text says that it is nodes. */
export const KIND = "generative-media-studio/nodes";

/** What lies on the clipboard: nodes, what lies in those that are groups, and the wires between all of these. */
export interface Clipping {
  /** The film that it is of: its files are in no other. */
  project: string;
  nodes: CanvasNode[];
  edges: Edge[];
  /** Wires that come in from what was not copied. */
  outside: Edge[];
}

/** What is selected, or these nodes. */
export function clip(workspace: Workspace, ids: Iterable<string> = workspace.selection.value): Clipping {
  const graph = workspace.document.graph.value;
  // A group is what lies in it.
  const chosen = withContents(graph, ids);
  const into = graph.edges.filter((edge) => chosen.has(edge.target));
  return {
    project: workspace.project.value.id,
    nodes: graph.nodes.filter((node) => chosen.has(node.id)),
    edges: into.filter((edge) => chosen.has(edge.source)),
    outside: into.filter((edge) => !chosen.has(edge.source)),
  };
}

/** Copies beside what they are copies of; or so far from it, as one drag. */
export function duplicate(
  workspace: Workspace,
  clipping: Clipping,
  by?: { x: number; y: number },
): Promise<void> {
  return attempt(async () =>
    (await laying()).lay(workspace, clipping, by ? "Clone" : "Duplicate", by ? { by } : {})
  );
}
