import type { Asset } from "../../../shared/assets/asset.ts";
import { attempt } from "../../state/toasts.ts";
import { droppedFiles } from "../../transfer/dropped.ts";
import { bringFiles, type Place, placeAssets } from "./place.ts";
import type { Workspace } from "../workspace.ts";

const ASSET = "application/x-studio-asset";

/** A row of the project's media begins to be dragged. */
export function dragAsset(event: DragEvent, asset: Asset): void {
  event.dataTransfer?.setData(ASSET, JSON.stringify(asset));
}

export function carriesMedia(event: DragEvent): boolean {
  const types = event.dataTransfer?.types ?? [];
  return types.includes("Files") || types.includes(ASSET);
}

/** Takes what was dropped: files from the disk, or media of the project. False when it is neither. */
export function dropMedia(workspace: Workspace, event: DragEvent, place: Place): boolean {
  const data = event.dataTransfer;
  if (!data || !carriesMedia(event)) return false;
  event.preventDefault();
  event.stopPropagation();
  const dragged = data.getData(ASSET);
  if (dragged) placeAssets(workspace, [JSON.parse(dragged) as Asset], place);
  else {
    void attempt(() => droppedFiles(data)).then((dropped) =>
      dropped && bringFiles(workspace, dropped.files, place)
    );
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
