import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignHorizontalSpaceAround,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalSpaceAround,
} from "lucide-preact";
import { isGenerating } from "../../../shared/canvas/graph.ts";
import { ACTIONS, runAction } from "../actions.ts";
import { useWorkspace } from "../workspace.ts";

const ARRANGE = [
  ["align_left", AlignStartVertical],
  ["align_centre", AlignCenterVertical],
  ["align_right", AlignEndVertical],
  ["align_top", AlignStartHorizontal],
  ["align_middle", AlignCenterHorizontal],
  ["align_bottom", AlignEndHorizontal],
  ["spread_x", AlignHorizontalSpaceAround],
  ["spread_y", AlignVerticalSpaceAround],
] as const;

/** What can be done with several nodes at once. */
export function Several() {
  const workspace = useWorkspace();
  const chosen = workspace.document.graph.value.nodes.filter((node) =>
    workspace.selection.value.has(node.id)
  );
  const making = chosen.filter((node) => isGenerating(node) && !node.off).length;
  const button = (id: string, label?: string, kind = "button") => {
    const action = ACTIONS.find((each) => each.id === id)!;
    return (
      <button
        type="button"
        class={kind}
        title={action.keys?.[0]?.replace("Mod", "Ctrl")}
        aria-pressed={action.on?.(workspace)}
        onClick={() => runAction(workspace, id)}
      >
        {label ?? action.label}
      </button>
    );
  };
  return (
    <div class="panel several">
      <h2>{chosen.length} selected</h2>
      {workspace.canEdit && (
        <>
          {making > 0 && button("generate", `Generate ${making}`, "button primary")}
          <div class="segments arrange" role="group" aria-label="Arrange">
            {ARRANGE.map(([id, Icon]) => {
              const { label } = ACTIONS.find((each) => each.id === id)!;
              return (
                <button
                  type="button"
                  key={id}
                  title={label}
                  aria-label={label}
                  onClick={() => runAction(workspace, id)}
                >
                  <Icon size={16} />
                </button>
              );
            })}
          </div>
          <div class="row wrap">
            {button("bypass", "Bypass")}
            {button("mute", "Mute")}
          </div>
          <div class="row wrap">
            {button("group")}
            {button("duplicate")}
            {button("copy")}
            {button("delete")}
          </div>
        </>
      )}
    </div>
  );
}
