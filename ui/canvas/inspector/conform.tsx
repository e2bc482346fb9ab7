import { FileUp } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Conform, LONGEST_LIST } from "../../../shared/api/work.ts";
import { api } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { applyConform, LISTS } from "./conform.ts";
import { textOfList } from "./list_text.ts";

interface Looked {
  file: string;
  text: string;
  told: Conform;
}

/** Takes in an editor's cut: a file is chosen or dropped, what it would change is shown, and is done or not. */
export function ConformPanel({ assembler }: { assembler: string }) {
  const workspace = useWorkspace();
  const { document: doc, project, conforming } = workspace;
  const chooser = useRef<HTMLInputElement>(null);
  const [looked, setLooked] = useState<Looked | null>(null);
  const [busy, setBusy] = useState(false);
  const dropped = conforming.value?.assembler === assembler ? conforming.value.file : null;
  useEffect(() => {
    if (!dropped) return;
    conforming.value = null;
    void look(dropped);
  }, [dropped]);

  async function ask(text: string): Promise<Conform> {
    // The studio compares with what it has.
    await doc.sent();
    return await api.conform(project.value.id, assembler, { text });
  }
  async function look(file: File | undefined): Promise<void> {
    if (!file) return;
    setBusy(true);
    setLooked(null);
    const found = await attempt(async () => {
      if (file.size > LONGEST_LIST) throw new Error(`${file.name} is too large for a cut list.`);
      const text = textOfList(await file.arrayBuffer());
      return { file: file.name, text, told: await ask(text) };
    });
    setLooked(found ?? null);
    setBusy(false);
  }
  async function apply({ text, told, file }: Looked): Promise<void> {
    setBusy(true);
    const now = await attempt(() => ask(text));
    setBusy(false);
    if (!now) return;
    if (sentencesOf(now) !== sentencesOf(told)) {
      setLooked({ text, file, told: now });
      return say(
        "Somebody changed the film meanwhile. Look at what the list would change now, then apply it.",
      );
    }
    if (!applyConform(workspace, `Cut as ${file} says`, now)) return;
    setLooked(null);
    say(`The film is cut as ${file} says: ${counted(now.changes.length, "change")}. Undo takes them back.`);
  }

  return (
    <>
      <button
        type="button"
        class="button small"
        disabled={busy}
        onClick={() => chooser.current?.click()}
      >
        <FileUp size={14} /> Conform from a cut list…
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        aria-label="Cut list"
        accept={LISTS}
        onChange={(event) => {
          const input = event.currentTarget;
          void look(input.files?.[0]).then(() => input.value = "");
        }}
      />
      {looked && (
        <div
          class="conform"
          role="group"
          aria-label="What the list would change"
          ref={(box) => box?.scrollIntoView({ block: "nearest" })}
        >
          <Told told={looked.told} file={looked.file} />
          <div class="row">
            <button
              type="button"
              class="button primary small"
              disabled={busy || looked.told.changes.length === 0}
              onClick={() => void apply(looked)}
            >
              Apply
            </button>
            <button type="button" class="button small" onClick={() => setLooked(null)}>Cancel</button>
          </div>
        </div>
      )}
    </>
  );
}

function sentencesOf({ changes }: Conform): string {
  return changes.map((each) => each.sentence).join("\n");
}

function Told({ told, file }: { told: Conform; file: string }) {
  const { changes, unmatched, notes } = told;
  return (
    <>
      <h3>
        {changes.length === 0 ? `Nothing to change: the film is as ${file} says.` : `${file} would change`}
      </h3>
      {changes.length > 0 && (
        <ul>
          {changes.map((each) => <li key={each.sentence}>{each.sentence}</li>)}
        </ul>
      )}
      {unmatched.length > 0 && (
        <div class="notice-box">
          {counted(unmatched.length, "clip")} not found, left out:
          <ul>
            {unmatched.map((each) => (
              <li key={each.place}>
                <b>{each.name}</b> ({each.place}). {each.reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      {notes.length > 0 && (
        <ul class="dim">
          {notes.map((note) => <li key={note}>{note}</li>)}
        </ul>
      )}
    </>
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
