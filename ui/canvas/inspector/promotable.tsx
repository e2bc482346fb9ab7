import type { ComponentChildren } from "preact";
import { Pin, PinOff } from "lucide-preact";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { demote, promote, promotedKey } from "../../../shared/canvas/promoted.ts";
import { useWorkspace } from "../workspace.ts";
import { fieldLabel } from "./node_field.tsx";

interface PromotableProps {
  node: CanvasNode;
  field: string;
  /** The group that would offer it; none: it lies in none. */
  to: string | undefined;
  /** What it is called here, and would be there. */
  label?: string | undefined;
  children: ComponentChildren;
}

/** A field with the pin that promotes it to a group, or takes it from there. */
export function Promotable({ node, field, to, label, children }: PromotableProps) {
  const workspace = useWorkspace();
  const { document: doc, canEdit } = workspace;
  const group = to === undefined ? null : doc.node(to).value;
  if (group?.type !== "group" || !canEdit) return <>{children}</>;
  const key = promotedKey(node.id, field);
  const offered = group.promoted?.[key] !== undefined;
  const words = label ?? fieldLabel(workspace, node, field);
  const gesture = offered ? `Take ${words} from ${group.title}` : `Promote ${words} to ${group.title}`;
  const Icon = offered ? PinOff : Pin;
  return (
    <div class="promotable">
      {children}
      <button
        type="button"
        class="pin"
        title={gesture}
        aria-label={gesture}
        aria-pressed={offered}
        onClick={() =>
          doc.apply(gesture, [{
            op: "update_node",
            id: group.id,
            set: { promoted: offered ? demote(group, key) : promote(group, node.id, field, label) },
          }])}
      >
        <Icon size={12} />
      </button>
    </div>
  );
}
