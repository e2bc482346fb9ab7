import { useEffect, useRef, useState } from "preact/hooks";
import { Download, RotateCcw, Trash2 } from "lucide-preact";
import { agoText } from "../../state/words.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import type { SaveState as State } from "./document.ts";
import type { Refused } from "./keep.ts";

/** Where what was done here is: with the studio, on its way, on this computer, or refused. */
export function SaveState() {
  const { document: doc, live } = useWorkspace();
  const [open, setOpen] = useState(false);
  const state = doc.save.value;
  const refused = doc.refused.value;
  const connected = live.connected.value && doc.connected.value;
  const dot = state.kind === "offline" || !connected ? "attention" : state.kind === "saved" ? "well" : "";
  return (
    <>
      <span
        class="pill"
        role="status"
        title={state.kind === "offline" ? OFFLINE[`${state.kept}`] : undefined}
      >
        <i class={`dot ${dot}`} />
        {textOf(state, connected)}
      </span>
      {refused.length > 0 && (
        <button
          type="button"
          class="pill refused"
          title="What the studio did not take"
          onClick={() => setOpen(true)}
        >
          <i class="dot broken" />
          <span>
            {refused.length === 1 ? `Refused: ${refused[0]!.label}` : `Refused: ${refused.length} changes`}
          </span>
        </button>
      )}
      {open && refused.length > 0 && <RefusedList onClose={() => setOpen(false)} />}
    </>
  );
}

const OFFLINE = {
  true: "The studio does not answer. What you do is kept on this computer, also when you close the page, " +
    "and sent when the studio is back.",
  false: "The studio does not answer, and this browser keeps nothing: leave this page open until it is back.",
};

function textOf(state: State, connected: boolean): string {
  if (state.kind === "saving") return "Saving…";
  if (state.kind === "saved") return connected ? "Saved" : "Saved, reconnecting…";
  const changes = `${state.changes} ${state.changes === 1 ? "change" : "changes"}`;
  return `Offline, ${changes} ${state.kept ? "kept on this computer" : "in this tab only"}`;
}

/** What was refused, why, and what can be done about it. */
function RefusedList({ onClose }: { onClose: () => void }) {
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
