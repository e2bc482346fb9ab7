import type { z } from "zod";
import type { MergeConflict, MergePlan, MergeSide } from "../../../shared/api/branches.ts";
import type { Choices } from "./merge_branches.tsx";
import { Side } from "./take_pair.tsx";

type Plan = z.infer<typeof MergePlan>;
const SIDES: readonly MergeSide[] = ["mine", "theirs"];

/** What both changed, side by side; a click chooses. Nodes that were only moved are asked for together. */
export function Conflicts({ plan, choices, choose }: {
  plan: Plan;
  choices: Choices;
  choose: (more: Choices) => void;
}) {
  const titles = { mine: plan.into.title, theirs: plan.from.title };
  const all = (side: MergeSide, of = plan.conflicts) =>
    choose(Object.fromEntries(of.map(({ id }) => [id, side])));
  const moved = plan.conflicts.filter(({ kind }) => kind === "place");
  const others = plan.conflicts.filter(({ kind }) => kind !== "place");
  return (
    <section>
      <h3>
        Both changed this
        <span style="flex:1" />
        {SIDES.map((side) => (
          <button type="button" key={side} class="button small" onClick={() => all(side)}>
            All from {titles[side]}
          </button>
        ))}
      </h3>
      {others.map((conflict) => (
        <Conflict
          key={conflict.id}
          conflict={conflict}
          titles={titles}
          chosen={choices[conflict.id] ?? null}
          choose={(side) => choose({ [conflict.id]: side })}
        />
      ))}
      {moved.length > 0 && (
        <div class="conflict">
          <p>
            {moved.length === 1 ? moved[0]!.sentence : `${moved.length} nodes were moved on both.`}
          </p>
          <div class="conflict-sides">
            {SIDES.map((side) => (
              <button
                type="button"
                key={side}
                class="conflict-side"
                aria-pressed={moved.every(({ id }) => choices[id] === side)}
                onClick={() => all(side, moved)}
              >
                <b>{titles[side]}</b>
                <span>Where they lie there</span>
              </button>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}

function Conflict({ conflict, titles, chosen, choose }: {
  conflict: MergeConflict;
  titles: Record<MergeSide, string>;
  chosen: MergeSide | null;
  choose: (side: MergeSide) => void;
}) {
  return (
    <div class={`conflict ${chosen ? "" : "open"}`}>
      <p>{conflict.sentence}</p>
      {conflict.base !== null && conflict.kind !== "take" && conflict.kind !== "node" && (
        <p class="dim before-both">Before: {conflict.base || <i>empty</i>}</p>
      )}
      <div class="conflict-sides" role="group" aria-label={conflict.sentence}>
        {SIDES.map((side) => (
          <button
            type="button"
            key={side}
            class="conflict-side"
            aria-pressed={chosen === side}
            onClick={() => choose(side)}
          >
            <b>{titles[side]}</b>
            {conflict.takes
              ? <Side side={conflict.takes[side === "mine" ? "before" : "after"]} words={titles[side]} />
              : <span class="conflict-value">{wordsOf(conflict, side)}</span>}
          </button>
        ))}
      </div>
    </div>
  );
}

function wordsOf(conflict: MergeConflict, side: MergeSide) {
  const value = conflict[side];
  if (conflict.kind === "name") return `"${value}" keeps the name`;
  if (value !== null) return value || <i class="dim">empty</i>;
  if (conflict.kind === "node" || conflict.kind === "file") return "Remove it";
  return conflict.kind === "wire" ? "No such wire" : <i class="dim">not set</i>;
}
