import { CanvasNode, type Graph } from "../../../shared/canvas/graph.ts";
import type { Take } from "../../../shared/api/work.ts";

/** Three shots in a chain, the second trimmed, the third without a take. */
export function demoFilm(): { graph: Graph; take: (node: string) => Take | null } {
  const shot = (id: string, more: object) =>
    CanvasNode.parse({
      id,
      type: "shot",
      title: id,
      shot: id.toUpperCase(),
      position: { x: 0, y: 0 },
      ...more,
    });
  const wire = (source: string, target: string, target_port: string) => ({
    id: `${source}-${target}`,
    source,
    source_port: "shot",
    target,
    target_port,
  });
  const graph: Graph = {
    nodes: [
      shot("one", { duration: 48 }),
      shot("two", { duration: 48, trim_in: 6, trim_out: 36 }),
      shot("three", { duration: 24 }),
      CanvasNode.parse({ id: "film", type: "assembler", title: "Film", position: { x: 0, y: 0 } }),
    ],
    edges: [
      wire("one", "two", "previous"),
      wire("two", "three", "previous"),
      wire("three", "film", "sequence"),
    ],
  };
  const take = (node: string) =>
    node === "three" ? null : ({ id: node, node_id: node, kind: "video", media: { frames: 48 } }) as Take;
  return { graph, take };
}
