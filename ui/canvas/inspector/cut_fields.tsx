import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { NumberField, TextField } from "../../components/text_field.tsx";
import type { SetFields } from "./node_panel.tsx";
import { TransitionField } from "./transition_field.tsx";

/** How a shot stands in the film: what it goes into, the black after it, its speed, its sound, a note for the editor. */
export function CutFields({ node, set }: { node: NodeOf<"shot">; set: SetFields }) {
  const { sound = {} } = node;
  const hear = (label: string, next: { level?: number; muted?: boolean }) => {
    const { level, muted } = { ...sound, ...next };
    set(label, {
      sound: level || muted ? { ...(level ? { level } : {}), ...(muted ? { muted } : {}) } : null,
    });
  };
  return (
    <details class="cut-fields" open={hasOwn(node)}>
      <summary>In the film</summary>
      <TransitionField
        label={node.gap ? "Into the black after it" : "Into the next shot"}
        value={node.transition}
        onCommit={(transition) =>
          set(transition ? `${named(transition.kind)} out of the shot` : "Cut out of the shot", {
            transition,
          })}
      />
      <div class="row">
        <NumberField
          label="Black after it"
          note="frames"
          optional
          value={node.gap}
          min={1}
          max={100_000}
          onCommit={(gap) =>
            set("Set the black after the shot", { gap: gap === null ? null : Math.round(gap) })}
        />
        <NumberField
          label="Speed"
          note="%"
          optional
          value={node.speed}
          min={-10_000}
          max={10_000}
          onCommit={(speed) => set("Set the speed", { speed: speedOf(speed) })}
        />
      </div>
      <TransitionField
        label="Out of black"
        value={node.from_black}
        onCommit={(from_black) => set("Set how the shot comes out of black", { from_black })}
      />
      <div class="row" style="align-items:end">
        <NumberField
          label="Sound"
          note="dB"
          optional
          value={sound.level}
          min={-96}
          max={24}
          onCommit={(level) => hear("Set the sound level", { level: level ?? 0 })}
        />
        <label class="check" style="flex:1">
          <input
            type="checkbox"
            checked={sound.muted === true}
            onChange={() => hear(sound.muted ? "Hear the shot" : "Mute the shot", { muted: !sound.muted })}
          />
          Muted
        </label>
      </div>
      <TextField
        label="Note for the editor"
        note="goes into the cut lists"
        rows={2}
        value={node.note ?? ""}
        onCommit={(text) => set("Write a note", { note: text.trim() === "" ? null : text.slice(0, 2000) })}
      />
      <p class="dim">
        Speed 200 is twice as fast, −100 backwards, 0 holds the first frame. “Out of black” counts after a gap
        and at the head of the film.
      </p>
    </details>
  );
}

/** 0 holds a frame, slower than one percent is nothing; 100 is as usual. */
function speedOf(speed: number | null): number | null {
  if (speed === null || speed === 100) return null;
  if (speed === 0) return 0;
  return Math.abs(speed) < 1 ? Math.sign(speed) : speed;
}

function hasOwn({ transition, gap, speed, from_black, sound, note }: NodeOf<"shot">): boolean {
  return [transition, gap, speed, from_black, sound, note].some((each) => each !== undefined);
}

function named(kind: "dissolve" | "wipe"): string {
  return kind === "wipe" ? "Wipe" : "Dissolve";
}
