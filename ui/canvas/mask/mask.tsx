import { sourceOf } from "../assets/source.ts";
import { useWorkspace } from "../workspace.ts";
import { MaskPainter } from "./painter.tsx";

/** Where the mask painter opens: over the edit that is painted, while that has a source. */
export function Mask() {
  const workspace = useWorkspace();
  const id = workspace.masking.value;
  const node = id ? workspace.document.node(id).value : null;
  const source = id ? sourceOf(workspace, id) : null;
  if (node?.type !== "edit_image" || !source?.url) return null;
  return (
    <MaskPainter
      key={node.id}
      node={node}
      source={{ ...source, url: source.url }}
      close={() => workspace.masking.value = null}
    />
  );
}
