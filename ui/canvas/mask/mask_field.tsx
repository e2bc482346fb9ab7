import { Brush, Trash2 } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { FilePicture } from "../assets/picture.tsx";
import { sourceOf } from "../assets/source.ts";
import type { SetFields } from "../inspector/node_panel.tsx";
import { useWorkspace } from "../workspace.ts";

/** The mask of an edit in the inspector: see it, paint it, take it away. */
export function MaskField({ node, set }: { node: NodeOf<"edit_image">; set: SetFields }) {
  const workspace = useWorkspace();
  const source = sourceOf(workspace, node.id);
  return (
    <div class="field">
      <span>
        Mask <small>white is what changes</small>
      </span>
      {node.mask && (
        <div class="mask-picture">
          <FilePicture file={node.mask} />
        </div>
      )}
      <div class="row">
        <button
          type="button"
          class="button small"
          style="flex:1"
          disabled={!source?.url}
          title={source?.url ? "" : "Give the node a source picture first"}
          onClick={() => workspace.masking.value = node.id}
        >
          <Brush size={14} /> {node.mask ? "Paint on" : "Paint a mask"}
        </button>
        {node.mask && (
          <button
            type="button"
            class="button icon small"
            title="Remove the mask"
            onClick={() => set("Remove the mask", { mask: null })}
          >
            <Trash2 size={14} />
          </button>
        )}
      </div>
    </div>
  );
}
