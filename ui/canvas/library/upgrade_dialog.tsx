import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LibraryItemDetail } from "../../../shared/api/library.ts";
import { type Choice, type Upgrade, upgrade } from "../../../shared/library/upgrade.ts";
import { say } from "../../state/toasts.ts";
import { newEdgeId, newNode } from "../catalogue.ts";
import type { Workspace } from "../workspace.ts";
import { libraryApi } from "./api.ts";

interface Offer {
  item: LibraryItemDetail;
  from: number;
  plan: Upgrade;
}

/** What the newer version of a node's item changes here; what was changed on both sides is asked. */
export function UpgradeDialog({ workspace }: { workspace: Workspace }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const offer = useSignal<Offer | null>(null);
  const wrong = useSignal<string | null>(null);
  const theirs = useSignal<ReadonlySet<string>>(new Set());
  const id = workspace.upgrading.value!;
  const close = () => workspace.upgrading.value = null;
  useEffect(() => {
    dialog.current?.showModal();
    let gone = false;
    planFor(workspace, id).then((found) => {
      if (!gone) offer.value = found;
    }, (error) => {
      if (!gone) wrong.value = error instanceof Error ? error.message : String(error);
    });
    return () => gone = true;
  }, []);

  const take = async () => {
    const known = offer.value!;
    // Others may have changed the node while this was read: the answer is about what is there now.
    const now = await planFor(workspace, id).catch(() => null);
    if (!now) return close();
    if (now.plan.choices.some((each) => !known.plan.choices.some((old) => old.key === each.key))) {
      offer.value = now;
      return say("The node was changed just now; look at it once more.");
    }
    const label = `Take version ${now.item.version} of ${now.item.title}`;
    if (workspace.document.apply(label, now.plan.operations(theirs.value))) {
      say(`${now.item.title} is at version ${now.item.version} here.`, {
        action: { label: "Undo", run: () => workspace.document.undo() },
      });
    }
    close();
  };

  const shown = offer.value;
  return (
    <dialog ref={dialog} class="upgrade" aria-label="A newer version" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void take();
        }}
      >
        <h2>
          {shown ? `Version ${shown.item.version} of ${shown.item.title}` : "A newer version"}
        </h2>
        {wrong.value && <p class="broken-text" role="alert">{wrong.value}</p>}
        {!shown && !wrong.value && <p class="dim" role="status">Looking at what changed…</p>}
        {shown && (
          <>
            <Notes offer={shown} />
            {shown.plan.changes.length > 0
              ? (
                <ul class="changes" aria-label="What changes here">
                  {shown.plan.changes.map((change) => <li key={change}>{change}</li>)}
                </ul>
              )
              : shown.plan.choices.length === 0 && <p>Nothing changes here but the number of the version.</p>}
            {shown.plan.choices.map((choice) => (
              <Ask
                key={choice.key}
                choice={choice}
                taken={theirs.value.has(choice.key)}
                onChoose={(taken) => {
                  const next = new Set(theirs.value);
                  if (taken) next.add(choice.key);
                  else next.delete(choice.key);
                  theirs.value = next;
                }}
              />
            ))}
            <p class="dim">Everything stays where it lies. One undo takes it back.</p>
          </>
        )}
        <div class="row">
          <button type="button" class="button" onClick={close}>Not now</button>
          <button type="submit" class="button primary" disabled={!shown} autofocus>
            {shown ? `Take version ${shown.item.version}` : "Take it"}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** What was written with each version since the one that is here. */
function Notes({ offer }: { offer: Offer }) {
  const since = offer.item.versions.filter((each) => each.version > offer.from);
  return (
    <dl class="version-notes">
      {since.map((each) => (
        <div key={each.version}>
          <dt class="mono">v{each.version}</dt>
          <dd>
            {each.note || "No note"} <small class="dim">{each.published_by}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Ask(
  { choice, taken, onChoose }: { choice: Choice; taken: boolean; onChoose: (theirs: boolean) => void },
) {
  return (
    <fieldset class="ask">
      <legend>
        {choice.title}: {choice.field} was changed here, too
      </legend>
      <label class="check">
        <input type="radio" name={choice.key} checked={!taken} onChange={() => onChoose(false)} />
        <span>
          Keep yours: <b>{choice.mine}</b>
        </span>
      </label>
      <label class="check">
        <input type="radio" name={choice.key} checked={taken} onChange={() => onChoose(true)} />
        <span>
          Take theirs: <b>{choice.theirs}</b>
        </span>
      </label>
    </fieldset>
  );
}

async function planFor(workspace: Workspace, id: string): Promise<Offer> {
  const node = workspace.document.node(id).value;
  if (!node?.library) throw new Error("The node is gone, or is not from the library any more.");
  const { item: itemId, version } = node.library;
  const item = await libraryApi.item(itemId);
  const [was, used] = await Promise.all([
    libraryApi.version(itemId, version),
    libraryApi.use(itemId, item.version, workspace.project.value.id),
  ]);
  const plan = upgrade(workspace.document.graph.value, id, {
    item: itemId,
    version: item.version,
    base: was.graph,
    next: used.graph,
    fresh(graph, part) {
      const made = newNode(graph, part.type, { x: 0, y: 0 });
      return {
        ...part,
        id: made.id,
        ...("shot" in made ? { shot: made.shot } : {}),
        ...(part.type === "shot" ? { title: made.title } : {}),
      } as typeof part;
    },
    newEdgeId,
  });
  if (!plan) throw new Error("The node is gone, or is not from the library any more.");
  return { item, from: version, plan };
}
