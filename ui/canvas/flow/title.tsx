import { useLayoutEffect, useRef } from "preact/hooks";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";

/** A node's name; F2 or a double click makes it a field. Enter keeps what was typed, Escape does not. */
export function Title({ node }: { node: CanvasNode }) {
  const workspace = useWorkspace();
  if (workspace.renaming.value === node.id) return <Field node={node} />;
  return (
    <b
      title={node.title}
      // A double click on a group goes into it.
      onDblClick={node.type === "group" ? undefined : () => workspace.renaming.value = node.id}
    >
      {node.title}
    </b>
  );
}

function Field({ node }: { node: CanvasNode }) {
  const workspace = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useLayoutEffect(() => input.current?.select(), []);
  const end = (keep: boolean) => {
    if (ended.current) return;
    ended.current = true;
    const title = input.current?.value.trim() ?? "";
    workspace.renaming.value = null;
    if (!keep || !title || title === node.title) return;
    workspace.document.apply(`Rename ${node.title}`, [{ op: "update_node", id: node.id, set: { title } }]);
  };
  return (
    <input
      ref={input}
      class="input rename nodrag nopan"
      aria-label="Name of the node"
      maxLength={120}
      defaultValue={node.title}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.key === "Enter") end(true);
        else if (event.key === "Escape") end(false);
      }}
    />
  );
}
