import { useSignal, useSignalEffect } from "@preact/signals";
import { Image, Import, RefreshCw } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import type { Asset } from "../../../shared/assets/asset.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { droppedFiles } from "../../transfer/dropped.ts";
import { carriesMedia, chooseFiles, MEDIA } from "./drag.ts";
import { FilesList } from "./files_list.tsx";
import { MediaGrid } from "./media_grid.tsx";
import { bringAll } from "./place.ts";

/** The project's own media: bring files, find them again, drag them onto the canvas or onto a node. */
export function MediaTab() {
  const workspace = useWorkspace();
  const search = useSignal("");
  const part = useSignal<"media" | "files">("media");
  const items = useSignal<Asset[] | null>(null);
  const next = useSignal<string | null>(null);
  const asked = useRef(0);
  const load = async (cursor?: string) => {
    const turn = ++asked.current;
    const text = search.value.trim();
    const page = await attempt(() =>
      api.assets(workspace.project.value.id, {
        ...(text ? { search: text } : {}),
        ...(cursor ? { cursor } : {}),
      })
    );
    // A slower answer to an older question is not shown over a newer one.
    if (!page || turn !== asked.current) return;
    items.value = cursor ? [...items.value ?? [], ...page.items] : page.items;
    next.value = page.next ?? null;
  };
  useSignalEffect(() => {
    workspace.uploads.filed.value;
    workspace.live.changed.files.value;
    void load();
  });
  useEffect(() => () => void asked.current++, []);
  const choose = () => chooseFiles(MEDIA, (files) => void bringAll(workspace, files));
  return (
    <div
      class="media"
      onDrop={(event) => {
        if (!carriesMedia(event)) return;
        event.preventDefault();
        void attempt(() => droppedFiles(event.dataTransfer!)).then((dropped) =>
          dropped && bringAll(workspace, dropped.files)
        );
      }}
    >
      <div class="media-tools">
        <input
          class="input"
          type="search"
          placeholder="Search"
          aria-label="Search media"
          value={search.value}
          onInput={(event) => search.value = event.currentTarget.value}
        />
        <button type="button" class="button icon" title="Import files" onClick={choose}>
          <Import size={16} />
        </button>
        <button type="button" class="button quiet icon" title="Look again" onClick={() => void load()}>
          <RefreshCw size={14} />
        </button>
      </div>
      <div class="segments" role="group" aria-label="Which files">
        <button type="button" aria-pressed={part.value === "media"} onClick={() => part.value = "media"}>
          Media
        </button>
        <button
          type="button"
          aria-pressed={part.value === "files"}
          title="Folders, also with what was pushed by Git"
          onClick={() => part.value = "files"}
        >
          Project files
        </button>
      </div>
      {part.value === "files" ? <FilesList search={search.value} /> : (
        <>
          {items.value && <MediaGrid items={items.value} />}
          {next.value && (
            <button type="button" class="button small" onClick={() => void load(next.value!)}>More</button>
          )}
          {items.value?.length === 0 && (
            search.value.trim() ? <p class="dim">Nothing is called that.</p> : (
              <div class="empty">
                <Image size={28} />
                <p>
                  No media yet. Drop pictures, sound or clips here or on the canvas, or a folder or zip of
                  them.
                </p>
                <button type="button" class="button small" onClick={choose}>Import files</button>
              </div>
            )
          )}
        </>
      )}
    </div>
  );
}
