import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { MAIN } from "../../../shared/project/branch.ts";
import { go } from "../../router.ts";
import { pageOf } from "../../state/branch.ts";
import { useWorkspace } from "../workspace.ts";
import { bringBack } from "./bring_back.ts";

/** Said over the canvas of a branch that somebody else has discarded. */
export function Gone() {
  const workspace = useWorkspace();
  const gone = useSignal(false);
  useSignalEffect(() => {
    const moved = workspace.live.moved.value;
    if (moved?.name === workspace.branch) gone.value = moved.commit === null;
  });
  const by = useComputed(() =>
    workspace.branches.discarded.value.find((branch) => branch.name === workspace.branch)?.discarded?.by
  );
  if (!gone.value) return null;
  return (
    <div class="branch-gone notice-box" role="alert">
      <span>
        This branch was discarded{by.value ? ` by ${by.value}` : ""}. What is changed here is not kept.
      </span>
      {workspace.canEdit && (
        <button
          type="button"
          class="button small"
          onClick={() => void bringBack(workspace, workspace.branch)}
        >
          Bring it back
        </button>
      )}
      <button
        type="button"
        class="button small"
        onClick={() => go(pageOf(workspace.project.value.slug, MAIN))}
      >
        Go to Main
      </button>
    </div>
  );
}
