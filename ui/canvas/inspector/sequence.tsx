import type { NodeOf } from "../../../shared/canvas/graph.ts";
import { durationText } from "../../state/words.ts";
import { NumberField } from "../../components/text_field.tsx";
import { usedFrames } from "../sequence.ts";
import { goTo } from "../levels.ts";
import { useWorkspace } from "../workspace.ts";
import type { SetFields } from "./node_panel.tsx";
import { TransitionField, transitionText } from "./transition_field.tsx";

/** The shots of a film in order, those that it leaves out struck out, and between them how one becomes the next; a cut opens to be changed. */
export function Sequence(
  { shots, film, set }: { shots: readonly NodeOf<"shot">[]; film: NodeOf<"assembler">; set: SetFields },
) {
  const workspace = useWorkspace();
  const { live } = workspace;
  const fps = workspace.project.value.fps;
  const shown = shots.filter((shot) => !shot.off);
  const numberOf = (shot: NodeOf<"shot">) => shown.indexOf(shot) + 1;
  return (
    <>
      {shots.map((shot, index) => (
        <div key={shot.id} class="sequence-entry">
          <button
            type="button"
            class="palette-entry"
            data-type="shot"
            onClick={() => goTo(workspace, shot.id)}
          >
            <span class="mono dim">{shot.off ? "–" : numberOf(shot)}</span>
            {shot.off ? <s>{shot.title}</s> : shot.title}
            {shot.speed !== undefined && <small class="mono dim">{shot.speed} %</small>}
            {shot.off
              ? <small class="mono">{shot.off}</small>
              : (
                <small class={`mono ${live.activeTake(shot.id) ? "" : "attention-text"}`}>
                  {live.activeTake(shot.id) ? durationText(usedFrames(shot), fps) : "no take"}
                </small>
              )}
          </button>
          {!shot.off && <CutAfter shot={shot} next={shots.slice(index + 1).find((each) => !each.off)} />}
        </div>
      ))}
      {shots.length > 0 && (
        <div class="row">
          <NumberField
            label="Black before"
            note="frames"
            optional
            value={film.lead}
            min={1}
            max={100_000}
            onCommit={(lead) =>
              set("Set the black before the film", { lead: lead === null ? null : Math.round(lead) })}
          />
        </div>
      )}
    </>
  );
}

function CutAfter({ shot, next }: { shot: NodeOf<"shot">; next: NodeOf<"shot"> | undefined }) {
  const { document: doc } = useWorkspace();
  const set = (label: string, fields: Record<string, unknown>) =>
    doc.apply(label, [{ op: "update_node", id: shot.id, set: fields }]);
  if (!next && !shot.gap) return null;
  const black = shot.gap ? ` · ${shot.gap} black` : "";
  const into = next ? next.title : "the end";
  return (
    <details class="cut-after">
      <summary
        aria-label={`Cut between ${shot.title} and ${into}: ${transitionText(shot.transition)}${black}`}
      >
        <span class="mono">{next ? transitionText(shot.transition) : ""}{black}</span>
      </summary>
      {next && (
        <TransitionField
          label={`${shot.title} into ${shot.gap ? "black" : next.title}`}
          value={shot.transition}
          onCommit={(transition) => set("Set the transition", { transition })}
        />
      )}
      <NumberField
        label={`Black after ${shot.title}`}
        note="frames"
        optional
        value={shot.gap}
        min={1}
        max={100_000}
        onCommit={(gap) =>
          set("Set the black after the shot", { gap: gap === null ? null : Math.round(gap) })}
      />
      {next && shot.gap !== undefined && (
        <TransitionField
          label={`${next.title} out of black`}
          value={next.from_black}
          onCommit={(from_black) =>
            doc.apply("Set how the shot comes out of black", [{
              op: "update_node",
              id: next.id,
              set: { from_black },
            }])}
        />
      )}
    </details>
  );
}
