import { useEffect, useRef, useState } from "preact/hooks";
import { branchNameOf } from "../../../shared/project/branch.ts";
import { api } from "../../api.ts";
import { go } from "../../router.ts";
import { pageOf } from "../../state/branch.ts";
import { attempt, say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";

/** Begins a direction of its own from what is on the canvas, or from a version in history. */
export function NewBranch({ commit, words }: { commit?: string; words?: string }) {
  const workspace = useWorkspace();
  const dialog = useRef<HTMLDialogElement>(null);
  const [title, setTitle] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current!.showModal(), []);
  const close = () => workspace.branching.value = null;
  const begin = async () => {
    setBusy(true);
    const { id, slug } = workspace.project.value;
    const from = { from: workspace.branch, ...(commit === undefined ? {} : { commit }) };
    const made = await attempt(async () => {
      await workspace.document.sent();
      return await api.beginBranch(id, { title: title.trim(), ...from });
    });
    setBusy(false);
    if (!made) return;
    close();
    say(`${made.title} is open. What you change here leaves ${titleNow} as it is.`);
    go(pageOf(slug, made.name));
  };
  const titleNow = workspace.branches.titleOf(workspace.branch);
  return (
    <dialog ref={dialog} aria-label="New branch" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void begin();
        }}
      >
        <h2>New branch</h2>
        <p class="dim">
          Begins with {words ? `"${words}"` : `what is on ${titleNow} now`}{" "}
          and goes its own way: canvas, chosen takes and history. Takes keep counting through all branches.
        </p>
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            maxLength={60}
            required
            autofocus
            placeholder="Warmer look"
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        <p class="mono dim">{title.trim() ? branchNameOf(title) : " "}</p>
        <div class="row">
          <button type="button" class="button" onClick={() => dialog.current!.close()}>Cancel</button>
          <button type="submit" class="button primary" disabled={busy || !title.trim()}>
            {busy ? "Beginning…" : "Begin"}
          </button>
        </div>
      </form>
    </dialog>
  );
}
