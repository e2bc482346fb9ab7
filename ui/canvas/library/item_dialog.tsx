import { useSignal, useSignalEffect } from "@preact/signals";
import { Archive, ArchiveRestore, Download, Plus } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import type { LibraryItemDetail, UpdateItem } from "../../../shared/api/library.ts";
import { TextField } from "../../components/text_field.tsx";
import { agoText } from "../../state/words.ts";
import { attempt } from "../../state/toasts.ts";
import { beside } from "../palette/beside.ts";
import type { Workspace } from "../workspace.ts";
import { libraryApi } from "./api.ts";
import { Poster } from "./item_grid.tsx";
import { placeItem } from "./place_item.ts";
import { FOLDERS, KINDS } from "./words.ts";

/** One item: its words, its versions, and what can be done with each. */
export function ItemDialog({ workspace }: { workspace: Workspace }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const item = useSignal<LibraryItemDetail | null>(null);
  const id = workspace.libraryItem.value!;
  const close = () => workspace.libraryItem.value = null;
  useEffect(() => dialog.current?.showModal(), []);
  useSignalEffect(() => {
    workspace.live.changed.library.value;
    void attempt(() => libraryApi.item(id)).then((found) => {
      if (found) item.value = found;
      else close();
    });
  });
  const set = async (body: UpdateItem) => {
    const changed = await attempt(() => libraryApi.update(id, body));
    if (changed) item.value = changed;
  };
  const place = (version: number) => {
    const { title } = item.value!;
    close();
    void placeItem(workspace, { id, version, title }, { position: beside(workspace) });
  };
  const shown = item.value;
  return (
    <dialog ref={dialog} class="library-item" aria-label="Item of the library" onClose={close}>
      {!shown ? <p class="dim" role="status">Opening…</p> : (
        <>
          <header class="item-head">
            <div class="item-poster">
              <Poster item={shown} />
            </div>
            <div>
              <h2>{shown.title}</h2>
              <p class="dim">
                {KINDS[shown.kind]} in {FOLDERS[shown.folder].title} · version {shown.version}
                {shown.retired && " · retired"}
              </p>
            </div>
          </header>
          <fieldset class="item-words" disabled={!workspace.canEdit}>
            <TextField
              label="Title"
              value={shown.title}
              onCommit={(title) => void (title.trim() && set({ title: title.trim() }))}
            />
            <TextField
              label="Tags"
              note="with commas between"
              value={shown.tags.join(", ")}
              onCommit={(text) => void set({ tags: tagsOf(text) })}
            />
            <TextField
              label="Description"
              rows={2}
              value={shown.description}
              onCommit={(description) => void set({ description })}
            />
          </fieldset>
          <h3>Versions</h3>
          <ol class="versions" reversed>
            {shown.versions.map((each) => (
              <li key={each.version}>
                <span class="mono">v{each.version}</span>
                <span>
                  {each.note || "No note"}
                  <small class="dim">{each.published_by}, {agoText(each.published_at)}</small>
                </span>
                {workspace.canEdit && (
                  <button
                    type="button"
                    class="button icon small"
                    aria-label={`Put version ${each.version} on the canvas`}
                    title="Put on the canvas"
                    onClick={() => place(each.version)}
                  >
                    <Plus size={14} />
                  </button>
                )}
                <a
                  class="button icon small"
                  href={libraryApi.downloadUrl(id, each.version)}
                  download
                  aria-label={`Download version ${each.version}`}
                  title="Download as a zip"
                >
                  <Download size={14} />
                </a>
              </li>
            ))}
          </ol>
          <div class="row">
            {workspace.canEdit && (
              <button
                type="button"
                class="button"
                title={shown.retired
                  ? ""
                  : "It is no longer offered; films that use it keep it, and it can come back"}
                onClick={() => void set({ retired: !shown.retired })}
              >
                {shown.retired ? <ArchiveRestore size={15} /> : <Archive size={15} />}
                {shown.retired ? "Offer it again" : "Retire"}
              </button>
            )}
            <span style="flex:1" />
            <button type="button" class="button primary" autofocus onClick={close}>Done</button>
          </div>
        </>
      )}
    </dialog>
  );
}

function tagsOf(text: string): string[] {
  return text.split(",").map((tag) => tag.trim()).filter(Boolean).slice(0, 30);
}
