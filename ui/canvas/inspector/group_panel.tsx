import { ChevronsDownUp, ChevronsUpDown, SquareArrowDown, Ungroup } from "lucide-preact";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { withContents } from "../../../shared/canvas/groups.ts";
import { kindOf } from "../catalogue.ts";
import { fold, ungroupThese } from "../group_actions.ts";
import { goTo, goToLevel } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";
import { PromotedFields } from "./promoted_fields.tsx";

/** A group as if it were one node: the fields that it offers, what lies in it, and what can be done with all of it. */
export function GroupPanel({ node }: { node: NodeOf<"group"> }) {
  const workspace = useWorkspace();
  const { document: doc, levels, canEdit } = workspace;
  const graph = doc.graph.value;
  const contents = withContents(graph, [node.id]);
  const inside = graph.nodes.filter((each) => contents.has(each.id) && each.id !== node.id);
  return (
    <>
      <fieldset class="panel" disabled={!canEdit}>
        <PromotedFields group={node} />
      </fieldset>
      <section class="panel">
        <h2>
          In the group <span class="dim">{inside.length || ""}</span>
        </h2>
        {inside.length === 0 && <p class="dim">Nothing yet. Go in, or drag nodes into its frame.</p>}
        <div>
          {inside.map((each) => (
            <button
              type="button"
              key={each.id}
              class="palette-entry"
              data-type={kindOf(each.type)}
              onClick={() => goTo(workspace, each.id)}
            >
              <i class="mark" />
              {each.title}
            </button>
          ))}
        </div>
        <div class="row wrap">
          {levels.level.value !== node.id && (
            <button
              type="button"
              class="button small"
              onClick={() => goToLevel(workspace, node.id)}
            >
              <SquareArrowDown size={14} /> Go in
            </button>
          )}
          {canEdit && (
            <>
              <button
                type="button"
                class="button small"
                onClick={() => fold(workspace, [node], !node.collapsed)}
              >
                {node.collapsed ? <ChevronsUpDown size={14} /> : <ChevronsDownUp size={14} />}
                {node.collapsed ? "Unfold" : "Fold"}
              </button>
              <button
                type="button"
                class="button small"
                onClick={() => ungroupThese(workspace, [node])}
              >
                <Ungroup size={14} /> Ungroup
              </button>
            </>
          )}
        </div>
      </section>
    </>
  );
}
