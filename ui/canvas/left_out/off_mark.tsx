import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";

/** On a node that is bypassed or muted: which of the two, in words. */
export function OffMark({ node }: { node: CanvasNode }) {
  const off = offOf(node);
  return off && <span class="off-mark">{off === "muted" ? "Muted" : "Bypassed"}</span>;
}
