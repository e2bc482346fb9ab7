import { useState } from "preact/hooks";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { FILM_FORMATS, RenderOptions } from "../../../shared/jobs/film.ts";
import { NumberField } from "../../components/text_field.tsx";
import { renderFilm } from "../render.ts";
import { useWorkspace } from "../workspace.ts";
import { choose, chosenOptions, DeliverableFields } from "./deliverable_fields.tsx";
import type { SetFields } from "./node_panel.tsx";
import { Promotable } from "./promotable.tsx";

const PLAIN = RenderOptions.parse({});

/** The button, fades of the film, and what it is delivered as. */
export function RenderPanel(
  { node, set, disabled }: { node: NodeOf<"assembler">; set: SetFields; disabled: boolean },
) {
  const workspace = useWorkspace();
  const [options, setOptions] = useState(chosenOptions(node.id));
  const own = JSON.stringify(options) !== JSON.stringify(PLAIN);
  return (
    <>
      <button
        type="button"
        class="button primary"
        disabled={disabled}
        onClick={() => void renderFilm(workspace, node.id, chosenOptions(node.id))}
      >
        Render film
      </button>
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
      <details class="delivered" open={own}>
        <summary>
          Delivered as {FILM_FORMATS[options.format].label}
          {options.burn_in && ", review copy"}
          {options.watermark && ", watermarked"}
          {options.credits && ", with end titles"}
        </summary>
        <div class="fields">
          <DeliverableFields
            options={options}
            onChange={(next) => {
              choose(node.id, next);
              setOptions(next);
            }}
          />
        </div>
      </details>
    </>
  );
}
