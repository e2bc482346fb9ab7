import { useSignal, useSignalEffect } from "@preact/signals";
import { ChevronLeft, File, Folder } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import type { ProjectFile, ProjectFiles } from "../../../shared/api/files.ts";
import { callAt } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";
import { PathLock } from "../locks/lock_mark.tsx";
import { showMenu } from "../menu/menu.ts";
import { MoreButton } from "../menu/more_button.tsx";
import { beside } from "../palette/beside.ts";
import { useWorkspace, type Workspace } from "../workspace.ts";
import { dragAsset } from "./drag.ts";
import { fileMenu } from "./file_menu.ts";
import { type Placeable, placeAssets } from "./place.ts";

/** Milliseconds between the last letter, or the last of a row of news, and the question. */
const SOON_MS = 150;

/** The project's folders as main has them: what artists push with git is here a moment later. */
export function FilesList({ search }: { search: string }) {
  const workspace = useWorkspace();
  const folder = useSignal<string | null>(null);
  const shown = useSignal<ProjectFiles | null>(null);
  const text = useSignal(search);
  text.value = search;
  const asked = useRef(0);
  useSignalEffect(() => {
    workspace.live.changed.files.value;
    const query = new URLSearchParams({
      ...(folder.value ? { folder: folder.value } : {}),
      ...(text.value.trim() ? { search: text.value.trim() } : {}),
    });
    const turn = ++asked.current;
    const url = `/api/projects/${workspace.project.value.id}/files?${query}`;
    const timer = setTimeout(async () => {
      const files = await attempt(() => callAt<ProjectFiles>("GET", url));
      if (files && turn === asked.current) shown.value = files;
    }, SOON_MS);
    return () => clearTimeout(timer);
  });
  useEffect(() => () => void asked.current++, []);
  const list = shown.value;
  const up = folder.value?.includes("/") ? folder.value.slice(0, folder.value.lastIndexOf("/")) : null;
  return (
    <>
      {folder.value && (
        <button
          type="button"
          class="button quiet small crumb"
          title={folder.value}
          onClick={() => folder.value = up}
        >
          <ChevronLeft size={14} /> {folder.value.split("/").at(-1)}
        </button>
      )}
      <ul class="folder-list" aria-label="Project folders">
        {list?.folders.map((each) => (
          <li key={each.path}>
            <button type="button" class="palette-entry" onClick={() => folder.value = each.path}>
              <Folder size={15} />
              {each.name}
              <small class="mono">{each.files || ""}</small>
            </button>
          </li>
        ))}
      </ul>
      <ul class="media-grid" aria-label="Project files">
        {list?.files.map((file) => (
          <li key={file.path}>
            <Entry workspace={workspace} file={file} />
          </li>
        ))}
      </ul>
      {list?.more && <p class="dim">There are more. Search for a part of the name.</p>}
      {list && list.files.length === 0 && list.folders.every((each) => each.files === 0) && (
        text.value.trim() ? <p class="dim">No file is called that.</p> : (
          <p class="dim">
            Nothing here yet. Files that you push with Git under{" "}
            {folder.value ?? "01_Assets and 04_Project_Files"} appear at once.
          </p>
        )
      )}
    </>
  );
}

function Entry({ workspace, file }: { workspace: Workspace; file: ProjectFile }) {
  const asset = placeableOf(file);
  const place = () => {
    if (asset) return placeAssets(workspace, [asset], { position: beside(workspace) });
    say(`${file.name} is no picture that a node shows. Its menu downloads it.`);
  };
  const menu = (event: MouseEvent) =>
    showMenu(event, file.name, fileMenu(workspace, { ...file, place: asset ? place : null }));
  return (
    <>
      <button
        type="button"
        class="media-entry"
        draggable={asset !== null}
        title={asset ? `${file.path}: drag it onto the canvas or onto a node` : file.path}
        onDragStart={(event) => asset && dragAsset(event, asset)}
        onClick={place}
        onContextMenu={menu}
      >
        {file.thumbnail_url
          ? <img src={file.thumbnail_url} alt="" loading="lazy" decoding="async" draggable={false} />
          : (
            <i class="no-picture">
              <File size={22} />
            </i>
          )}
        <PathLock path={file.path} />
        <span>{file.name}</span>
      </button>
      <MoreButton name={file.name} onOpen={menu} />
    </>
  );
}

/** What a node can hold of it; null for what is no picture in LFS. */
function placeableOf({ name, path, oid, size, picture }: ProjectFile): Placeable | null {
  // How wide it is, nobody has looked: only that it is a picture counts.
  return oid && picture ? { name, path, oid, size, width: 0 } : null;
}
