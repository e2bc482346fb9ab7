import { useState } from "preact/hooks";
import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { FILM_FORMATS, type FilmFormat } from "../../../shared/jobs/film.ts";
import { NumberField } from "../../components/text_field.tsx";
import { renderFilm } from "../render.ts";
import { useWorkspace } from "../workspace.ts";
import type { SetFields } from "./inspector.tsx";
import { Promotable } from "./promotable.tsx";

/** Fades of the film, what it is delivered as, and the button. */
export function RenderPanel(
  { node, set, disabled }: { node: NodeOf<"assembler">; set: SetFields; disabled: boolean },
) {
  const workspace = useWorkspace();
  const [format, setFormat] = useState<FilmFormat>("mp4-h264");
  const [burn_in, setBurnIn] = useState(false);
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
      <label class="field">
        <span>Format</span>
        <select
          class="input"
          value={format}
          onChange={(event) => setFormat(event.currentTarget.value as FilmFormat)}
        >
          {Object.entries(FILM_FORMATS).map(([value, { label }]) => (
            <option key={value} value={value}>{label}</option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={burn_in}
          onChange={(event) => setBurnIn(event.currentTarget.checked)}
        />
        Review copy: shot, take and timecode in the picture
      </label>
      <button
        type="button"
        class="button primary"
        disabled={disabled}
        onClick={() => void renderFilm(workspace, node.id, { format, burn_in })}
      >
        Render film
      </button>
    </>
  );
}
