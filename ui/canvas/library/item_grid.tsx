import { Boxes, File, Info, SlidersHorizontal, User } from "lucide-preact";
import type { LibraryItem } from "../../../shared/api/library.ts";
import { showMenu } from "../menu/menu.ts";
import { beside } from "../palette/beside.ts";
import { useWorkspace } from "../workspace.ts";
import { dragItem } from "./drag_item.ts";
import { placeItem } from "./place_item.ts";
import { KINDS } from "./words.ts";

/** Items with their posters: a click or Enter puts one on the canvas, a drag where it is dropped. */
export function ItemGrid({ items }: { items: readonly LibraryItem[] }) {
  const workspace = useWorkspace();
  const place = (item: LibraryItem) => void placeItem(workspace, item, { position: beside(workspace) });
  const details = (item: LibraryItem) => workspace.libraryItem.value = item.id;
  return (
    <ul class="media-grid" aria-label="Items of the library">
      {items.map((item) => (
        <li key={item.id} class="item-cell">
          <button
            type="button"
            class="media-entry"
            draggable
            title={`${item.title}: drag it onto the canvas, or press to add it`}
            onDragStart={(event) => dragItem(event, item)}
            onClick={() => place(item)}
            onContextMenu={(event) =>
              showMenu(event, item.title, [
                { id: "place", label: "Put on the canvas", run: () => place(item) },
                { id: "details", label: "Versions and details…", run: () => details(item) },
              ])}
          >
            <Poster item={item} />
            <span>{item.title}</span>
            <small class="mono">{KINDS[item.kind]} · v{item.version}</small>
          </button>
          <button
            type="button"
            class="button icon small item-info"
            aria-label={`Versions and details of ${item.title}`}
            title="Versions and details"
            onClick={() => details(item)}
          >
            <Info size={13} />
          </button>
        </li>
      ))}
    </ul>
  );
}

export function Poster({ item }: { item: Pick<LibraryItem, "poster_url" | "kind"> }) {
  if (item.poster_url) {
    return <img src={item.poster_url} alt="" loading="lazy" decoding="async" draggable={false} />;
  }
  const Icon = { asset: User, node: SlidersHorizontal, template: Boxes, media: File }[item.kind];
  return (
    <i class="no-picture">
      <Icon size={22} />
    </i>
  );
}
