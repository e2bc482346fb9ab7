import type { Workspace } from "../workspace.ts";
import { fileUrl } from "./picture.tsx";

/** What is wired into a node's `source`. */
export interface Source {
  title: string;
  /** Null while there is no picture. */
  url: string | null;
}

export function sourceOf(workspace: Workspace, nodeId: string): Source | null {
  const { document: doc, live } = workspace;
  const edge = doc.graph.value.edges.find((each) => each.target === nodeId && each.target_port === "source");
  const from = edge && doc.node(edge.source).value;
  if (!from) return null;
  if (from.type === "asset") {
    const image = from.images[0];
    return { title: from.title, url: image ? fileUrl(workspace.project.value.id, image) : null };
  }
  return { title: from.title, url: live.activeTake(from.id)?.file_url ?? null };
}
