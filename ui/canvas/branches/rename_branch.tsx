import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";

/** Another title; Git's name and the address stay. */
export function RenameBranch({ name }: { name: string }) {
  const workspace = useWorkspace();
  const dialog = useRef<HTMLDialogElement>(null);
  const [title, setTitle] = useState(workspace.branches.titleOf(name));
  useEffect(() => dialog.current!.showModal(), []);
  const rename = async () => {
    const { project, branches } = workspace;
    if (!await attempt(() => api.renameBranch(project.value.id, name, title.trim()))) return;
    await branches.read();
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} aria-label="Rename branch" onClose={() => workspace.branching.value = null}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void rename();
        }}
      >
        <h2>Rename branch</h2>
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            maxLength={60}
            required
            autofocus
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        <p class="dim">
          To Git it stays <span class="mono">{name}</span>.
        </p>
        <div class="row">
          <button type="button" class="button" onClick={() => dialog.current!.close()}>Cancel</button>
          <button type="submit" class="button primary" disabled={!title.trim()}>Rename</button>
        </div>
      </form>
    </dialog>
  );
}
