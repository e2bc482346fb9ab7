import { useSignal } from "@preact/signals";
import { FolderInput, X } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { go } from "../router.ts";
import { say } from "../state/toasts.ts";
import { bringFilm, type Brought, choose } from "./bring_film.ts";
import { type Dropped, droppedFiles } from "./dropped.ts";
import type { Stage } from "./send_zip.ts";

type State =
  | { kind: "closed" }
  | { kind: "asking"; sentence?: string }
  | { kind: "busy"; name: string; stage: Stage }
  | { kind: "done"; brought: Brought };

/** Brings a film into the studio: by its button, or by dropping it anywhere on the page of all films. */
export function ImportFilm({ brought: told }: { brought: () => void }) {
  const state = useSignal<State>({ kind: "closed" });
  const stop = useRef<AbortController | null>(null);

  async function bring(wanted: Promise<Dropped> | Dropped) {
    if (state.value.kind === "busy") return;
    const abort = stop.current = new AbortController();
    try {
      const dropped = await wanted;
      const name = dropped.folder ?? dropped.files[0]?.name ?? "nothing";
      const brought = await bringFilm(dropped, {
        signal: abort.signal,
        tell: (stage) => state.value = { kind: "busy", name, stage },
      });
      told();
      if (brought.missing || brought.refused.length) return state.value = { kind: "done", brought };
      state.value = { kind: "closed" };
      say(`"${brought.project.title}" is here.`);
      go(`/p/${brought.project.slug}`);
    } catch (error) {
      state.value = abort.signal.aborted
        ? { kind: "closed" }
        : { kind: "asking", sentence: error instanceof Error ? error.message : String(error) };
    }
  }

  useEffect(() => {
    const over = (event: DragEvent) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    const drop = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      void bring(droppedFiles(event.dataTransfer));
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);

  return (
    <>
      <button type="button" class="button" onClick={() => state.value = { kind: "asking" }}>
        <FolderInput size={16} /> Import
      </button>
      {state.value.kind !== "closed" && (
        <Dialog
          state={state.value}
          choose={(folder) => choose(folder, (dropped) => void bring(dropped))}
          stop={() => stop.current?.abort()}
          close={() => state.value = { kind: "closed" }}
        />
      )}
    </>
  );
}

interface DialogProps {
  state: State;
  choose: (folder: boolean) => void;
  stop: () => void;
  close: () => void;
}

function Dialog({ state, choose, stop, close }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const cancel = (event: Event) => {
    event.preventDefault();
    state.kind === "busy" ? stop() : close();
  };
  return (
    <dialog ref={dialog} class="transfer" aria-label="Import a film" onCancel={cancel}>
      {state.kind === "asking" && <Asking sentence={state.sentence} choose={choose} close={close} />}
      {state.kind === "busy" && <Busy name={state.name} stage={state.stage} stop={stop} />}
      {state.kind === "done" && <Done brought={state.brought} close={close} />}
    </dialog>
  );
}

function Asking(
  { sentence, choose, close }: {
    sentence: string | undefined;
    choose: (folder: boolean) => void;
    close: () => void;
  },
) {
  return (
    <div class="transfer-body">
      <h2>Import a film</h2>
      <p>
        A zip that a studio exported comes back as the film it was, with every take and its history. A zip or
        a folder of pictures, sound and clips begins a new film with them.
      </p>
      {sentence && <p class="broken-text" role="alert">{sentence}</p>}
      <div class="drop-here">Drop it here</div>
      <div class="row">
        <button type="button" class="button quiet" onClick={close}>Cancel</button>
        <span style="flex:1" />
        <button type="button" class="button" onClick={() => choose(true)}>Choose a folder</button>
        <button type="button" class="button primary" onClick={() => choose(false)}>Choose a zip</button>
      </div>
    </div>
  );
}

function Busy({ name, stage, stop }: { name: string; stage: Stage; stop: () => void }) {
  const { words, part } = stage;
  const percent = part === null ? null : Math.round(part * 100);
  return (
    <div class="transfer-body">
      <h2 title={name}>{name}</h2>
      <p role="status">{words}{percent === null ? " …" : `, ${percent} %`}</p>
      <div
        class={`bar ${percent === null ? "unsure" : ""}`}
        role="progressbar"
        aria-label={words}
        aria-valuenow={percent ?? undefined}
      >
        <i style={`width:${percent ?? 100}%`} />
      </div>
      <div class="row">
        <button type="button" class="button quiet" onClick={stop}>
          <X size={14} /> Stop
        </button>
      </div>
    </div>
  );
}

function Done({ brought: { project, missing, refused }, close }: { brought: Brought; close: () => void }) {
  return (
    <div class="transfer-body">
      <h2>{project.title} is here</h2>
      {missing > 0 && (
        <p>
          {missing} media {missing === 1 ? "file was" : "files were"}{" "}
          not in the zip. Import one with media, or run <code class="mono">git lfs push --all</code>{" "}
          from a clone that has them.
        </p>
      )}
      {refused.length > 0 && (
        <>
          <p>{refused.length === 1 ? "One file was" : `${refused.length} files were`} left out:</p>
          <ul class="left-out">
            {refused.map(({ name, sentence }) => <li key={name} title={name}>{sentence}</li>)}
          </ul>
        </>
      )}
      <div class="row">
        <button type="button" class="button quiet" onClick={close}>Stay here</button>
        <button type="button" class="button primary" autofocus onClick={() => go(`/p/${project.slug}`)}>
          Open the film
        </button>
      </div>
    </div>
  );
}
