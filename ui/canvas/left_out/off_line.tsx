import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { offOf } from "../../../shared/canvas/left_out.ts";
import { useWorkspace } from "../workspace.ts";

/** In the panel of a node that is left out: what that means, and the way back. */
export function OffLine({ node }: { node: CanvasNode }) {
  const { document: doc, canEdit } = useWorkspace();
  const off = offOf(node);
  if (!off) return null;
  return (
    <div class="off-line">
      {off === "muted"
        ? "Muted: makes nothing and feeds nothing."
        : "Bypassed: makes nothing; what comes in goes on where it fits."}
      {canEdit && (
        <button
          type="button"
          class="button small"
          onClick={() =>
            doc.apply(`Switch on ${node.title}`, [{ op: "update_node", id: node.id, set: { off: null } }])}
        >
          Switch on
        </button>
      )}
    </div>
  );
}
