import { ChevronsRight, CircleOff, Maximize, Plus, ZoomIn, ZoomOut } from "../../components/icons.ts";
import { Habits } from "./habits.tsx";
import { View } from "./view.tsx";
import { useReactFlow, useStore } from "reactflow";
import { ACTIONS } from "../actions.ts";
import { useWorkspace } from "../workspace.ts";
import { motion } from "./use_view.ts";

/** The bar under the canvas. Inside React Flow, since it reads the zoom. */
export function Toolbar({ onAction }: { onAction: (id: string) => void }) {
  const flow = useReactFlow();
  const zoom = useStore((state) => Math.round(state.transform[2] * 100));
  return (
    <div class="toolbar nopan nodrag" role="toolbar" aria-label="Canvas">
      <View />
      <Habits />
      <button
        type="button"
        class="button quiet small"
        title="Add a node (Tab)"
        onClick={() => onAction("add")}
      >
        <Plus size={14} /> Add
      </button>
      <Switch id="bypass" label="Bypass (Ctrl+B)" Icon={ChevronsRight} onAction={onAction} />
      <Switch id="mute" label="Mute (Ctrl+M)" Icon={CircleOff} onAction={onAction} />
      <button
        type="button"
        class="button quiet icon small"
        title="Zoom out"
        onClick={() => flow.zoomOut({ duration: motion(140) })}
      >
        <ZoomOut size={14} />
      </button>
      <button
        type="button"
        class="button quiet small mono"
        title="Actual size"
        onClick={() => flow.zoomTo(1, { duration: motion(140) })}
      >
        {zoom} %
      </button>
      <button
        type="button"
        class="button quiet icon small"
        title="Zoom in"
        onClick={() => flow.zoomIn({ duration: motion(140) })}
      >
        <ZoomIn size={14} />
      </button>
      <button
        type="button"
        class="button quiet small"
        title="Show everything"
        onClick={() => onAction("fit")}
      >
        <Maximize size={14} /> Fit
      </button>
    </div>
  );
}

/** A button that is pressed while what it switches is on. */
function Switch(
  { id, label, Icon, onAction }: {
    id: string;
    label: string;
    Icon: typeof Plus;
    onAction: (id: string) => void;
  },
) {
  const workspace = useWorkspace();
  const action = ACTIONS.find((each) => each.id === id)!;
  return (
    <button
      type="button"
      class="button quiet icon small"
      title={label}
      disabled={!action.when!(workspace)}
      aria-pressed={action.on!(workspace)}
      onClick={() => onAction(id)}
    >
      <Icon size={14} />
    </button>
  );
}
