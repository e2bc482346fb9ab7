import { useEffect, useRef } from "preact/hooks";
import { Download, RotateCcw, Trash2 } from "lucide-preact";
import { agoText } from "../../state/words.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import type { Refused } from "./keep.ts";

/** What was refused, why, and what can be done about it. */
export function RefusedList({ onClose }: { onClose: () => void }) {
  const { document: doc } = useWorkspace();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="refused-list" aria-labelledby="refused-title" onClose={onClose}>
      <h2 id="refused-title">Not in the film</h2>
      <p class="dim">
        The studio could not take this, mostly since others changed the same thing meanwhile. It is kept here
        until you decide.
      </p>
      <ul>
        {doc.refused.value.map((each) => <Row key={each.id} refused={each} />)}
      </ul>
      <div class="row">
        <button type="button" class="button primary" autofocus onClick={onClose}>Close</button>
      </div>
    </dialog>
  );
}

function Row({ refused }: { refused: Refused }) {
  const workspace = useWorkspace();
  const { document: doc } = workspace;
  return (
    <li>
      <div>
        <b>{refused.label}</b> <small class="dim">{agoText(refused.at)}</small>
        <p>{sentence(refused.reason)}</p>
      </div>
      <span class="row">
        <button
          type="button"
          class="button small"
          onClick={() => doc.apply(refused.label, refused.operations) && doc.forgive(refused.id)}
        >
          <RotateCcw size={14} /> Try again
        </button>
        <button type="button" class="button small" onClick={() => download(workspace, refused)}>
          <Download size={14} /> Download
        </button>
        <button type="button" class="button small" onClick={() => doc.forgive(refused.id)}>
          <Trash2 size={14} /> Throw away
        </button>
      </span>
    </li>
  );
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** As `PATCH …/canvas` takes it. */
function download({ project }: Workspace, { label, reason, at, operations }: Refused): void {
  const text = JSON.stringify({ film: project.value.title, label, at, reason, operations }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `${project.value.slug}-not-saved-${at.slice(0, 19).replaceAll(":", "-")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
