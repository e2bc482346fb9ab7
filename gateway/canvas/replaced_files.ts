import type { CanvasNode, FileRef, Graph } from "../../shared/canvas/graph.ts";

/**
 * Paths of files that a node held and holds no more: a picture or a mask that something else took the place of, or that was taken out.
 * Of nodes that are gone none: the film does without them, and the file stays.
 */
export function replacedFiles(before: Graph, after: Graph): string[] {
  const held = before.nodes.filter((node) => filesOf(node).length > 0);
  if (held.length === 0) return [];
  const now = new Map(after.nodes.map((node) => [node.id, node]));
  return held.flatMap((node) => {
    const still = now.get(node.id);
    if (!still || still === node) return [];
    const kept = new Set(filesOf(still).map((file) => `${file.path} ${file.oid}`));
    return filesOf(node).filter((file) => !kept.has(`${file.path} ${file.oid}`)).map((file) => file.path);
  });
}

function filesOf(node: CanvasNode): readonly FileRef[] {
  if (node.type === "asset") return node.images;
  return node.type === "edit_image" && node.mask ? [node.mask] : [];
}
