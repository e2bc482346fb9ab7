import { useState } from "preact/hooks";
import { lazily } from "../../components/lazily.tsx";
import { useWorkspace } from "../workspace.ts";
import type { SaveState as State } from "./document.ts";

const RefusedList = lazily<{ onClose: () => void }>(
  () => import("../over.ts").then((module) => module.RefusedList),
  { close: ({ onClose }) => onClose() },
);

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
