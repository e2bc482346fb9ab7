import { attempt } from "../../state/toasts.ts";
import { droppedFiles } from "../../transfer/dropped.ts";
import { later } from "../../components/lazily.tsx";
import { carriesItem, droppedItem } from "../library/drag_item.ts";
import type { Place, Placeable } from "./place.ts";
import type { Workspace } from "../workspace.ts";

const placing = later(() => import("../parts.ts"));

/** Files from the person's disk, into the project and to a place. */
export async function bringFiles(workspace: Workspace, files: readonly File[], place: Place): Promise<void> {
  await attempt(async () => await (await placing()).bringFiles(workspace, files, place));
}

const ASSET = "application/x-studio-asset";

/** A row of the project's media begins to be dragged. */
export function dragAsset(event: DragEvent, asset: Placeable): void {
  event.dataTransfer?.setData(ASSET, JSON.stringify(asset));
}

export function carriesMedia(event: DragEvent): boolean {
  const types = event.dataTransfer?.types ?? [];
  return ["Files", ASSET, "text/uri-list"].some((type) => types.includes(type));
}

/** Takes what was dropped: files from the disk, media of the project, or an item of the library. False when it is neither. */
export function dropMedia(workspace: Workspace, event: DragEvent, place: Place): boolean {
  const data = event.dataTransfer;
  if (!data || !carriesMedia(event) && !carriesItem(event)) return false;
  event.preventDefault();
  event.stopPropagation();
  const item = droppedItem(data);
  if (item) {
    void attempt(async () => await (await placing()).placeItem(workspace, item, place));
    return true;
  }
  const dragged = data.getData(ASSET);
  if (dragged) {
    const asset = JSON.parse(dragged) as Placeable;
    void attempt(async () => (await placing()).placeAssets(workspace, [asset], place));
  } else {
    // Read now: what was dropped is gone when this returns. A picture from another window comes with its bytes, or with its address alone.
    const said = { html: data.getData("text/html"), uris: data.getData("text/uri-list") };
    void attempt(() => droppedFiles(data)).then((dropped) => {
      if (dropped?.files.length) return bringFiles(workspace, dropped.files, place);
      return attempt(async () => (await placing()).bringSaid(workspace, said, place));
    });
  }
  return true;
}

/** A file that misses its target must not take the page away. */
export function keepPage(): () => void {
  const keep = (event: DragEvent) => event.preventDefault();
  addEventListener("dragover", keep);
  addEventListener("drop", keep);
  return () => {
    removeEventListener("dragover", keep);
    removeEventListener("drop", keep);
  };
}

/** The system's file dialog. */
export function chooseFiles(accept: string, then: (files: File[]) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = accept;
  input.onchange = () => then([...input.files ?? []]);
  input.click();
}

export const PICTURES = "image/png,image/jpeg,image/webp";
export const MEDIA = `${PICTURES},audio/*,video/*,.zip,application/zip`;
