import { useSignal, useSignalEffect } from "@preact/signals";
import { ChevronLeft, Folder, LibraryBig } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import type { Library, LibraryItem } from "../../../shared/api/library.ts";
import { LIBRARY_FOLDERS, type LibraryFolder } from "../../../shared/library/item.ts";
import { attempt } from "../../state/toasts.ts";
import { useWorkspace } from "../workspace.ts";
import { libraryApi } from "./api.ts";
import { ItemGrid } from "./item_grid.tsx";
import { FOLDERS } from "./words.ts";

/** Milliseconds between the last letter of a search and its question. */
const TYPING_MS = 180;

/** The studio's library: what every film can use. Folders, or what a search and a tag find in all of them. */
export function LibraryTab() {
  const { live } = useWorkspace();
  const folder = useSignal<LibraryFolder | null>(null);
  const tag = useSignal<string | null>(null);
  const search = useSignal("");
  const library = useSignal<Library | null>(null);
  const items = useSignal<LibraryItem[] | null>(null);
  const next = useSignal<string | null>(null);
  const asked = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const load = async (cursor?: string) => {
    const turn = ++asked.current;
    const text = search.peek().trim();
    const page = await attempt(() =>
      libraryApi.items({
        ...(folder.peek() ? { folder: folder.peek()! } : {}),
        ...(tag.peek() ? { tag: tag.peek()! } : {}),
        ...(text ? { search: text } : {}),
        ...(cursor ? { cursor } : {}),
      })
    );
    // A slower answer to an older question is not shown over a newer one.
    if (!page || turn !== asked.current) return;
    items.value = cursor ? [...items.peek() ?? [], ...page.items] : page.items;
    next.value = page.next ?? null;
  };
  useSignalEffect(() => {
    live.changed.library.value;
    void attempt(() => libraryApi.library()).then((answer) => answer && (library.value = answer));
  });
  useSignalEffect(() => {
    live.changed.library.value;
    const wanted = search.value.trim() !== "" || folder.value !== null || tag.value !== null;
    clearTimeout(timer.current);
    if (!wanted) {
      asked.current++;
      items.value = null;
      return;
    }
    timer.current = setTimeout(() => void load(), TYPING_MS);
  });
  useEffect(() => () => {
    asked.current++;
    clearTimeout(timer.current);
  }, []);

  const looking = search.value.trim() !== "" || folder.value !== null || tag.value !== null;
  return (
    <div class="media">
      <input
        class="input"
        type="search"
        placeholder={folder.value ? `Search ${FOLDERS[folder.value].title.toLowerCase()}` : "Search"}
        aria-label="Search the library"
        value={search.value}
        onInput={(event) => search.value = event.currentTarget.value}
      />
      <Tags tags={library.value?.tags ?? []} chosen={tag.value} onChoose={(each) => tag.value = each} />
      {folder.value && (
        <button
          type="button"
          class="button quiet small crumb"
          onClick={() => {
            folder.value = null;
          }}
        >
          <ChevronLeft size={14} /> {FOLDERS[folder.value].title}
        </button>
      )}
      {!looking && (
        <ul class="folder-list" aria-label="Folders of the library">
          {LIBRARY_FOLDERS.map((each) => (
            <li key={each}>
              <button
                type="button"
                class="palette-entry"
                title={FOLDERS[each].hint}
                onClick={() => folder.value = each}
              >
                <Folder size={15} />
                {FOLDERS[each].title}
                <small class="mono">{countOf(library.value, each) || ""}</small>
              </button>
            </li>
          ))}
        </ul>
      )}
      {items.value && looking && <ItemGrid items={items.value} />}
      {next.value && looking && (
        <button
          type="button"
          class="button small"
          onClick={() => void load(next.value!)}
        >
          More
        </button>
      )}
      {items.value?.length === 0 && looking && (
        <Nothing folder={folder.value} narrowed={search.value.trim() !== "" || tag.value !== null} />
      )}
      {!looking && library.value && library.value.folders.every((each) => each.items === 0) && (
        <div class="empty">
          <LibraryBig size={28} />
          <p>
            The library is empty. Select a node or a group, and choose <b>Publish to the library…</b>{" "}
            in its menu: every film of the studio can use it then.
          </p>
        </div>
      )}
    </div>
  );
}

function Tags(
  { tags, chosen, onChoose }: {
    tags: Library["tags"];
    chosen: string | null;
    onChoose: (tag: string | null) => void;
  },
) {
  // A tag that was chosen stays to be let go, also when nothing has it any more.
  const shown = tags.slice(0, 8).map((each) => each.tag);
  if (chosen && !shown.includes(chosen)) shown.unshift(chosen);
  if (shown.length === 0) return null;
  return (
    <div class="tag-row" role="group" aria-label="Filter by tag">
      {shown.map((tag) => (
        <button
          type="button"
          key={tag}
          class="tag-chip"
          aria-pressed={tag === chosen}
          onClick={() => onChoose(tag === chosen ? null : tag)}
        >
          {tag}
        </button>
      ))}
    </div>
  );
}

function Nothing({ folder, narrowed }: { folder: LibraryFolder | null; narrowed: boolean }) {
  if (narrowed) {
    return <p class="dim">Nothing here is called that. Look in all folders, or with fewer letters.</p>;
  }
  return (
    <div class="empty">
      <p>
        {folder ? `${FOLDERS[folder].hint} go here.` : "Nothing yet."} Publish one from the menu of a node.
      </p>
    </div>
  );
}

function countOf(library: Library | null, folder: LibraryFolder): number {
  return library?.folders.find((each) => each.folder === folder)?.items ?? 0;
}
