import { useSignal, useSignalEffect } from "@preact/signals";
import { sourceOf } from "../assets/source.ts";
import { say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";

type Painter = typeof import("./painter.tsx").MaskPainter;

/** Where the mask painter opens. Its code comes over the wire when somebody first paints. */
export function Mask() {
  const workspace = useWorkspace();
  const painter = useSignal<{ Painter: Painter } | null>(null);
  useSignalEffect(() => {
    if (!workspace.masking.value || painter.peek()) return;
    import("./painter.tsx").then((module) => painter.value = { Painter: module.MaskPainter }, () => {
      workspace.masking.value = null;
      say("The mask painter could not be loaded; the studio does not answer.", { level: "broken" });
    });
  });
  const id = workspace.masking.value;
  const node = id ? workspace.document.node(id).value : null;
  const source = id ? sourceOf(workspace, id) : null;
  if (!painter.value || node?.type !== "edit_image" || !source?.url) return null;
  const { Painter } = painter.value;
  return (
    <Painter
      key={node.id}
      node={node}
      source={{ ...source, url: source.url }}
      close={() => workspace.masking.value = null}
    />
  );
}
