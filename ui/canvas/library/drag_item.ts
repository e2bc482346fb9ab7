import type { LibraryItem } from "../../../shared/api/library.ts";

const ITEM = "application/x-studio-library-item";
export type DraggedItem = Pick<LibraryItem, "id" | "version" | "title">;

export function dragItem(event: DragEvent, { id, version, title }: LibraryItem): void {
  event.dataTransfer?.setData(ITEM, JSON.stringify({ id, version, title }));
}

/** The item that is dropped; null when it is something else. */
export function droppedItem(data: DataTransfer | null): DraggedItem | null {
  const text = data?.getData(ITEM);
  return text ? JSON.parse(text) as DraggedItem : null;
}

export function carriesItem(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes(ITEM) ?? false;
}
