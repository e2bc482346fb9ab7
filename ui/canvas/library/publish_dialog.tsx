import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LibraryItem, LibraryItemDetail } from "../../../shared/api/library.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { withContents } from "../../../shared/canvas/groups.ts";
import { partNames } from "../../../shared/library/extract.ts";
import { LIBRARY_FOLDERS, type LibraryFolder } from "../../../shared/library/item.ts";
import { attempt, say } from "../../state/toasts.ts";
import type { Workspace } from "../workspace.ts";
import { libraryApi } from "./api.ts";
import { isOutermost } from "./library.ts";
import { folderFor, FOLDERS, kindOf } from "./words.ts";

/** Publishes a node, a group or a file: as something new, or as the next version of what it was made from. */
export function PublishDialog({ workspace }: { workspace: Workspace }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = workspace.publishing.value;
  const node = asked && "node" in asked ? workspace.document.node(asked.node).value : null;
  const file = asked && "file" in asked ? asked.file : null;
  const title = node?.title ?? file?.name.replace(/\.\w+$/, "") ?? "";
  const linked = node && isOutermost(workspace.document, node) ? workspace.library.itemOf(node) : null;
  const named = useSignal<LibraryItem | null>(null);
  const item = linked ?? named.value;
  const next = useSignal(linked !== null);
  const busy = useSignal(false);
  useEffect(() => {
    dialog.current?.showModal();
    if (linked || !title) return;
    // Something of that name is there: perhaps it is meant.
    const kind = node ? kindOf(node) : "media";
    void libraryApi.items({ search: title.slice(0, 100) }).then(({ items }) => {
      const same = (each: LibraryItem) =>
        each.title.toLowerCase() === title.toLowerCase() && each.kind === kind;
      named.value = items.find(same) ?? null;
    }, () => {});
  }, []);
  const close = () => workspace.publishing.value = null;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.value) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const source = {
      project_id: workspace.project.value.id,
      ...(node ? { node_id: node.id } : { oid: file!.oid, file_name: file!.name }),
      note: text("note"),
    };
    busy.value = true;
    const published = await attempt(async () => {
      // What was just typed is part of it.
      await workspace.document.sent();
      return await (next.value && item ? libraryApi.publishVersion(item.id, source) : libraryApi.publish({
        ...source,
        folder: text("folder") as LibraryFolder,
        title: text("title"),
        description: text("description"),
        tags: text("tags").split(",").map((tag) => tag.trim()).filter(Boolean).slice(0, 30),
      }));
    });
    busy.value = false;
    if (!published) return;
    if (node) remember(workspace, node, published);
    say(`${published.title} is in the library, version ${published.version}.`);
    close();
  };

  if (!node && !file) return null;
  return (
    <dialog ref={dialog} class="publish" aria-label="Publish to the library" onClose={close}>
      <form onSubmit={submit}>
        <h2>Publish to the library</h2>
        <p class="dim">{whatGoes(workspace, node)}</p>
        {item && (
          <div class="segments" role="group" aria-label="As what">
            <button type="button" aria-pressed={next.value} onClick={() => next.value = true}>
              Version {item.version + 1} of {item.title}
            </button>
            <button type="button" aria-pressed={!next.value} onClick={() => next.value = false}>
              Something new
            </button>
          </div>
        )}
        {!next.value && (
          <>
            <label class="field">
              <span>Title</span>
              <input class="input" name="title" required maxLength={120} autofocus defaultValue={title} />
            </label>
            <label class="field">
              <span>Folder</span>
              <select class="input" name="folder">
                {LIBRARY_FOLDERS.map((each) => (
                  <option
                    key={each}
                    value={each}
                    selected={each === (node ? folderFor(node) : "Stock_Media")}
                  >
                    {FOLDERS[each].title}
                  </option>
                ))}
              </select>
            </label>
            <label class="field">
              <span>
                Tags <small>with commas between</small>
              </span>
              <input class="input" name="tags" maxLength={1000} placeholder="sea, night, old man" />
            </label>
            <label class="field">
              <span>
                Description <small>for who looks for it</small>
              </span>
              <textarea class="input" name="description" rows={2} maxLength={4000} />
            </label>
          </>
        )}
        <label class="field">
          <span>
            {next.value ? "What is new" : "Note"}
            <small>{next.value ? "films that use it are told" : "on this version"}</small>
          </span>
          <input class="input" name="note" maxLength={500} autofocus={next.value} />
        </label>
        <div class="row">
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button type="submit" class="button primary" disabled={busy.value}>
            {busy.value ? "Publishing…" : "Publish"}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function whatGoes(workspace: Workspace, node: CanvasNode | null): string {
  if (!node) return "The file itself. Any film of the studio can use it then.";
  if (node.type === "asset") {
    const { length } = node.images;
    if (length === 0) return "The asset with its kind and description; it has no picture yet.";
    return `The asset with ${
      length === 1 ? "its picture" : `its ${length} pictures`
    }, its kind and description.`;
  }
  if (node.type === "group") {
    const inside = withContents(workspace.document.graph.value, [node.id]).size - 1;
    return `The group as a template: ${
      inside === 1 ? "its node" : `its ${inside} nodes`
    }, their settings and the wires between them. Takes stay here.`;
  }
  return "The node with its settings. Takes stay here.";
}

/** The film knows what its node is in the library from now on: the next version of it is offered, here as elsewhere. */
function remember(workspace: Workspace, node: CanvasNode, published: LibraryItemDetail): void {
  const graph = workspace.document.graph.value;
  const inside = withContents(graph, [node.id]);
  const nodes = graph.nodes.filter((each) => inside.has(each.id));
  const parts = partNames(nodes, published.id);
  workspace.document.apply(
    `Note that ${node.title} is in the library`,
    nodes.map((each) => ({
      op: "update_node",
      id: each.id,
      set: { library: { item: published.id, version: published.version, part: parts.get(each.id)! } },
    })),
  );
}
