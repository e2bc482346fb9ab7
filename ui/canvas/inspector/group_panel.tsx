import { ChevronsDownUp, ChevronsUpDown, Ungroup } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { withContents } from "../../../shared/canvas/groups.ts";
import { runAction } from "../actions.ts";
import { useWorkspace } from "../workspace.ts";

/** What lies in a group, and what can be done with all of it. */
export function GroupPanel({ node }: { node: NodeOf<"group"> }) {
  const workspace = useWorkspace();
  const graph = workspace.document.graph.value;
  const contents = withContents(graph, [node.id]);
  const inside = graph.nodes.filter((each) => contents.has(each.id) && each.id !== node.id);
  return (
    <section class="panel">
      <h2>
        In the group <span class="dim">{inside.length || ""}</span>
      </h2>
      {inside.length === 0 && <p class="dim">Nothing yet. Drag nodes into the frame.</p>}
      <div>
        {inside.map((each) => (
          <button
            type="button"
            key={each.id}
            class="palette-entry"
            onClick={() => workspace.selection.value = new Set([each.id])}
          >
            {each.title}
          </button>
        ))}
      </div>
      <div class="row">
        <button type="button" class="button small" onClick={() => runAction(workspace, "fold")}>
          {node.collapsed ? <ChevronsUpDown size={14} /> : <ChevronsDownUp size={14} />}
          {node.collapsed ? "Open" : "Collapse"}
        </button>
        <button type="button" class="button small" onClick={() => runAction(workspace, "ungroup")}>
          <Ungroup size={14} /> Ungroup
        </button>
      </div>
    </section>
  );
}
