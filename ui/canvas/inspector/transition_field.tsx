import type { Transition } from "../../../shared/canvas/graph.ts";
import { wipeOf, WIPES } from "../../../shared/edl/mod.ts";
import { NumberField } from "../../components/text_field.tsx";

const LENGTH = 12;

/** How one shot becomes the next: a cut, a dissolve or one of the wipes, and for how many frames. */
export function TransitionField(
  { label, value, onCommit }: {
    /** Names the choice for who does not see where it stands. */
    label: string;
    value: Transition | undefined;
    onCommit: (transition: Transition | null) => void;
  },
) {
  const chosen = !value ? "cut" : value.kind === "dissolve" ? "dissolve" : String(value.pattern);
  const frames = value?.frames ?? LENGTH;
  return (
    <div class="transition-field">
      <label class="field">
        <span>{label}</span>
        <select
          class="input"
          value={chosen}
          onChange={(event) => onCommit(transitionOf(event.currentTarget.value, frames))}
        >
          <option value="cut">Cut</option>
          <option value="dissolve">Dissolve</option>
          <optgroup label="Wipes (SMPTE)">
            {WIPES.map(({ pattern, label }) => (
              <option key={pattern} value={String(pattern)}>{`${pattern}: ${label}`}</option>
            ))}
            {value?.kind === "wipe" && !wipeOf(value.pattern) && (
              <option value={chosen}>{`${value.pattern}: cannot be drawn`}</option>
            )}
          </optgroup>
        </select>
      </label>
      {value && (
        <NumberField
          label="Frames"
          value={value.frames}
          min={1}
          max={999}
          onCommit={(frames) => onCommit({ ...value, frames: Math.round(frames ?? LENGTH) })}
        />
      )}
    </div>
  );
}

function transitionOf(chosen: string, frames: number): Transition | null {
  if (chosen === "cut") return null;
  if (chosen === "dissolve") return { kind: "dissolve", frames };
  return { kind: "wipe", pattern: Number(chosen), frames };
}

/** "dissolve 12", "wipe 21, 8": for rows that have no room. */
export function transitionText(value: Transition | undefined): string {
  if (!value) return "cut";
  return value.kind === "dissolve" ? `dissolve ${value.frames}` : `wipe ${value.pattern}, ${value.frames}`;
}
