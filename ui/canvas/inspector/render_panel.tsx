import { useState } from "preact/hooks";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { NumberField } from "../../components/text_field.tsx";
import { renderFilm } from "../render.ts";
import { useWorkspace } from "../workspace.ts";
import { choose, chosenOptions, DeliverableFields } from "./deliverable_fields.tsx";
import type { SetFields } from "./node_panel.tsx";
import { Promotable } from "./promotable.tsx";

/** Fades of the film, what it is delivered as, and the button. */
export function RenderPanel(
  { node, set, disabled }: { node: NodeOf<"assembler">; set: SetFields; disabled: boolean },
) {
  const workspace = useWorkspace();
  const [options, setOptions] = useState(chosenOptions(node.id));
  return (
    <>
      <div class="row">
        <Promotable node={node} field="fade_in" to={node.parent}>
          <NumberField
            label="Fade in"
            note="frames"
            optional
            value={node.fade_in}
            min={1}
            max={999}
            onCommit={(frames) => set("Fade in", { fade_in: frames === null ? null : Math.round(frames) })}
          />
        </Promotable>
        <Promotable node={node} field="fade_out" to={node.parent}>
          <NumberField
            label="Fade out"
            note="frames"
            optional
            value={node.fade_out}
            min={1}
            max={999}
            onCommit={(frames) => set("Fade out", { fade_out: frames === null ? null : Math.round(frames) })}
          />
        </Promotable>
      </div>
      <DeliverableFields
        options={options}
        onChange={(next) => {
          choose(node.id, next);
          setOptions(next);
        }}
      />
      <button
        type="button"
        class="button primary"
        disabled={disabled}
        onClick={() => void renderFilm(workspace, node.id, chosenOptions(node.id))}
      >
        Render film
      </button>
    </>
  );
}
