import { ArchiveRestore, Check, Columns2, GitMerge, Pencil, Plus, Trash2 } from "lucide-preact";
import type { Branch } from "../../../shared/api/branches.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { api } from "../../api.ts";
import { go } from "../../router.ts";
import { pageOf } from "../../state/branch.ts";
import { attempt, say } from "../../state/toasts.ts";
import { agoText } from "../../state/words.ts";
import { runAction } from "../actions.ts";
import { bringBack } from "./bring_back.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";

/** What the menu of branches holds: switch, begin, compare, merge, discard, bring back. `act` closes the menu first. */
export function BranchList({ act }: { act: (run: () => void) => () => void }) {
  const workspace = useWorkspace();
  const { branches } = workspace;
  const others = (branches.all.value?.length ?? 0) > 1;
  const discarded = branches.discarded.value;
  return (
    <>
      <ul>
        {branches.all.value?.map((branch) => <Row key={branch.name} branch={branch} act={act} />)}
      </ul>
      {branches.all.value?.length === 1 && (
        <p class="dim">
          A branch is another direction of the film, with a canvas of its own. Try things there; merge what is
          good.
        </p>
      )}
      <hr />
      {workspace.canEdit && (
        <button
          type="button"
          class="palette-entry"
          onClick={act(() => runAction(workspace, "new_branch"))}
        >
          <span>
            <Plus size={15} /> New branch from here…
          </span>
        </button>
      )}
      {others && (
        <button
          type="button"
          class="palette-entry"
          onClick={act(() => runAction(workspace, "compare_branches"))}
        >
          <span>
            <Columns2 size={15} /> Compare…
          </span>
        </button>
      )}
      {others && workspace.canEdit && (
        <button
          type="button"
          class="palette-entry"
          onClick={act(() => runAction(workspace, "merge_branch"))}
        >
          <span>
            <GitMerge size={15} /> Merge…
          </span>
        </button>
      )}
      {discarded.length > 0 && (
        <details class="discarded">
          <summary class="dim">Discarded ({discarded.length})</summary>
          <ul>
            {discarded.map((branch) => (
              <li key={branch.name}>
                <span class="branch-words">
                  <b>{branch.title}</b>
                  <small class="dim">
                    by {branch.discarded!.by}, {agoText(branch.discarded!.at)}
                  </small>
                </span>
                {workspace.canEdit && (
                  <button
                    type="button"
                    class="button small quiet"
                    onClick={act(() => void bringBack(workspace, branch.name))}
                  >
                    <ArchiveRestore size={14} /> Bring back
                  </button>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Row({ branch, act }: { branch: Branch; act: (run: () => void) => () => void }) {
  const workspace = useWorkspace();
  const { name, title } = branch;
  const here = name === workspace.branch;
  return (
    <li>
      <button
        type="button"
        class="palette-entry"
        aria-current={here ? "page" : undefined}
        onClick={act(() => here || go(pageOf(workspace.project.value.slug, name)))}
      >
        <span class="branch-mark">{here && <Check size={15} />}</span>
        <span class="branch-words">
          <b>{title}</b>
          <small class="dim">
            {name === MAIN ? "the film itself" : distance(branch)}
            {branch.changed_at && ` · ${agoText(branch.changed_at)}`}
          </small>
        </span>
      </button>
      {name !== MAIN && workspace.canEdit && (
        <>
          <button
            type="button"
            class="button quiet icon small"
            title={`Rename ${title}`}
            aria-label={`Rename ${title}`}
            onClick={act(() => workspace.branching.value = { kind: "rename", name })}
          >
            <Pencil size={14} />
          </button>
          <button
            type="button"
            class="button quiet icon small"
            title={`Discard ${title}; it can be brought back`}
            aria-label={`Discard ${title}`}
            onClick={act(() => void discard(workspace, branch))}
          >
            <Trash2 size={14} />
          </button>
        </>
      )}
    </li>
  );
}

/** "3 new, main 1 ahead" */
function distance({ ahead, behind }: Branch): string {
  if (!ahead && !behind) return "as main";
  return [ahead ? `${ahead} new` : "nothing new", ...(behind ? [`main ${behind} ahead`] : [])].join(", ");
}

async function discard(workspace: Workspace, { name, title }: Branch): Promise<void> {
  const { id, slug } = workspace.project.value;
  const discarded = await attempt(async () => {
    if (name === workspace.branch) await workspace.document.sent();
    return await api.discardBranch(id, name);
  });
  if (!discarded) return;
  const back = { label: "Bring back", run: () => void bringBack(workspace, name) };
  say(`${title} is discarded. Its takes and its history are kept.`, { action: back });
  if (name === workspace.branch) go(pageOf(slug, MAIN));
  else await workspace.branches.read();
}
