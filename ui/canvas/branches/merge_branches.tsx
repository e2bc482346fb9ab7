import { GitMerge, MoveRight } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { z } from "zod";
import type { MergePlan, MergeSide } from "../../../shared/api/branches.ts";
import { api, ApiError } from "../../api.ts";
import { go } from "../../router.ts";
import { pageOf } from "../../state/branch.ts";
import { attempt, say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { Files } from "./compare_versions.tsx";
import { Conflicts } from "./conflicts.tsx";
import { Sheet } from "./sheet.tsx";
import { TakePair } from "./take_pair.tsx";
import { VersionSelect } from "./version_select.tsx";

type Plan = z.infer<typeof MergePlan>;
export type Choices = Record<string, MergeSide>;

/** What a merge brings, what both changed, and whose of it shall stay. */
export function MergeBranches({ from, into }: { from: string; into: string }) {
  const workspace = useWorkspace();
  const { branching, project, document: doc, branches } = workspace;
  const id = project.value.id;
  const [plan, setPlan] = useState<Plan | null>(null);
  const [choices, setChoices] = useState<Choices>({});
  const [busy, setBusy] = useState(false);
  const look = async (chosen: Choices) => {
    const found = await attempt(async () => {
      await doc.sent();
      return await api.merge(id, from, { into, choices: chosen });
    });
    if (found) setPlan(found);
    else if (!plan) branching.value = null;
  };
  useEffect(() => void look({}), []);
  const show = (from: string, into: string) => branching.value = { kind: "merge", from, into };
  const choose = (more: Choices) => {
    const next = { ...choices, ...more };
    setChoices(next);
    void look(next);
  };
  const merge = async () => {
    if (!plan) return;
    setBusy(true);
    const seen = { from_commit: plan.from.commit, into_commit: plan.into.commit };
    try {
      await api.merge(id, from, { into, apply: true, choices, ...seen });
      branching.value = null;
      say(`${plan.from.title} is merged into ${plan.into.title}.`);
      if (into !== workspace.branch) go(pageOf(project.value.slug, into));
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), { level: "broken" });
      // Somebody was faster: what is chosen already stays chosen.
      if (error instanceof ApiError && error.status === 409) await look(choices);
    }
    setBusy(false);
  };
  const open = plan?.conflicts.filter(({ id }) => !choices[id]).length ?? 0;
  return (
    <Sheet
      label="Merge branches"
      head={
        <>
          <b>Merge</b>
          <VersionSelect
            label="Branch to merge"
            value={from}
            without={into}
            onChange={(name) => show(name, into)}
          />
          <MoveRight size={16} aria-label="into" />
          <VersionSelect label="Into" value={into} without={from} onChange={(name) => show(from, name)} />
          <button
            type="button"
            class="button primary"
            disabled={busy || !plan || open > 0 || plan.state === "nothing"}
            onClick={() => void merge()}
          >
            <GitMerge size={15} /> {busy ? "Merging…" : "Merge"}
          </button>
          {open > 0 && <span class="attention-text">{open} {open === 1 ? "choice" : "choices"} to make</span>}
        </>
      }
    >
      {!plan ? <div class="empty">Looking at both…</div> : plan.state === "nothing"
        ? (
          <div class="empty">
            <p>{branches.titleOf(into)} has all of {branches.titleOf(from)} already.</p>
          </div>
        )
        : (
          <div class="sheet-list merge-list">
            {plan.conflicts.length > 0 && <Conflicts plan={plan} choices={choices} choose={choose} />}
            <What plan={plan} />
          </div>
        )}
    </Sheet>
  );
}

/** What becomes of the branch that is merged into. */
function What({ plan }: { plan: Plan }) {
  const words: [string, string] = [`${plan.into.title} now`, "after the merge"];
  return (
    <section>
      <h3>What {plan.into.title} gets</h3>
      {plan.changes.length + plan.takes.length + plan.files_total === 0 && (
        <p class="dim">Nothing changes, as far as you have chosen; history notes the merge.</p>
      )}
      <ul>{plan.changes.map((change, at) => <li key={at}>{change.sentence}</li>)}</ul>
      {plan.takes.map((choice) => <TakePair key={choice.shot} choice={choice} words={words} />)}
      <Files {...plan} />
    </section>
  );
}
