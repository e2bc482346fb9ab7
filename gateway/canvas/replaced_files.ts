import { filesOfNode } from "../../shared/canvas/file_refs.ts";
import type { Graph } from "../../shared/canvas/graph.ts";

/**
 * Paths of files that a node held and holds no more: a picture or a mask that something else took the place of, or that was taken out.
 * Of nodes that are gone none: the film does without them, and the file stays.
 */
export function replacedFiles(before: Graph, after: Graph): string[] {
  const was = new Map(before.nodes.map((node) => [node.id, node]));
  return after.nodes.flatMap((node) => {
    const old = was.get(node.id);
    // A node that nobody touched is the same object.
    if (!old || old === node) return [];
    const kept = new Set(filesOfNode(node).map((file) => `${file.path} ${file.oid}`));
    return filesOfNode(old).filter((file) => !kept.has(`${file.path} ${file.oid}`)).map((file) => file.path);
  });
}
