import { ArrowDown, ArrowUp, PinOff, SlidersHorizontal } from "lucide-preact";
import { useState } from "preact/hooks";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import {
  demote,
  type Promoted,
  promotedIn,
  type PromotedRecord,
  reorder,
} from "../../../shared/canvas/promoted.ts";
import { TextField } from "../../components/text_field.tsx";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";
import { fieldLabel, NodeField } from "./node_field.tsx";

/** What a group offers of what lies in it: edited here as there. Its names and order are the artist's. */
export function PromotedFields({ group }: { group: NodeOf<"group"> }) {
  const { document: doc, canEdit } = useWorkspace();
  const [arranging, setArranging] = useState(false);
  const fields = promotedIn(doc.nodes.value, group);
  if (fields.length === 0) {
    return (
      <p class="dim">
        Go into the group, select a node and pin one of its fields: it is offered here then.
      </p>
    );
  }
  return (
    <>
      <h2>
        Promoted
        <span style="flex:1" />
        {canEdit && (
          <button
            type="button"
            class="button small"
            aria-pressed={arranging}
            onClick={() => setArranging(!arranging)}
          >
            <SlidersHorizontal size={14} /> {arranging ? "Done" : "Arrange"}
          </button>
        )}
      </h2>
      {fields.map((each, index) =>
        arranging
          ? (
            <Arranged
              key={each.key}
              group={group}
              field={each}
              first={index === 0}
              last={index === fields.length - 1}
            />
          )
          : <Offered key={each.key} group={group} field={each} />
      )}
    </>
  );
}

/** "Prompt of SHOT-010", or what the artist called it. */
function useLabel({ node, field, label }: Promoted): string {
  const workspace = useWorkspace();
  return label ?? `${fieldLabel(workspace, node, field)} of ${node.title}`;
}

function Offered({ group, field: each }: { group: NodeOf<"group">; field: Promoted }) {
  const label = useLabel(each);
  return <NodeField node={each.node} field={each.field} label={label} offerTo={group.parent} />;
}

function Arranged(
  { group, field: each, first, last }: {
    group: NodeOf<"group">;
    field: Promoted;
    first: boolean;
    last: boolean;
  },
) {
  const workspace = useWorkspace();
  const { document: doc } = workspace;
  const label = useLabel(each);
  const set = (gesture: string, promoted: PromotedRecord) =>
    doc.apply(gesture, [{ op: "update_node", id: group.id, set: { promoted } }]);
  const rename = (typed: string) => {
    const { label: _, ...entry } = group.promoted![each.key]!;
    const name = typed.trim().slice(0, 120);
    set(`Call it ${name || "as before"}`, {
      ...group.promoted,
      [each.key]: name ? { ...entry, label: name } : entry,
    });
  };
  const move = (by: -1 | 1) =>
    set(`Move ${label} ${by < 0 ? "up" : "down"}`, reorder(doc.graph.value, group, each.key, by));
  return (
    <div class="arranged" role="group" aria-label={label}>
      <TextField label="Called" value={label} onCommit={rename} />
      <div class="row">
        <button
          type="button"
          class="button quiet small origin"
          title={`Go to ${each.node.title}`}
          onClick={() => goTo(workspace, each.node.id)}
        >
          {fieldLabel(workspace, each.node, each.field)} of {each.node.title}
        </button>
        <button
          type="button"
          class="button icon small"
          title="Further up"
          disabled={first}
          onClick={() => move(-1)}
        >
          <ArrowUp size={14} />
        </button>
        <button
          type="button"
          class="button icon small"
          title="Further down"
          disabled={last}
          onClick={() => move(1)}
        >
          <ArrowDown size={14} />
        </button>
        <button
          type="button"
          class="button icon small"
          title={`Take ${label} from ${group.title}`}
          onClick={() => set(`Take ${label} from ${group.title}`, demote(group, each.key))}
        >
          <PinOff size={14} />
        </button>
      </div>
    </div>
  );
}
