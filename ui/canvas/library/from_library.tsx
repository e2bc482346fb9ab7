import { ArrowUpCircle, LibraryBig } from "../../components/icons.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";
import { isOutermost } from "./library.ts";

/** On a node: that the library has a newer version of what it was made from. */
export function NewerMark({ node }: { node: CanvasNode }) {
  const workspace = useWorkspace();
  const newer = node.library && workspace.library.newerThan(node);
  if (!newer) return null;
  const label = `Version ${newer.version} of ${newer.title} is newer: what changed, and take it`;
  return (
    <button
      type="button"
      class="button quiet icon small nodrag newer-mark"
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        workspace.upgrading.value = node.id;
      }}
    >
      <ArrowUpCircle size={15} />
    </button>
  );
}

/** In the inspector: which item and version a node was made from, and the newer one. */
export function FromLibrary({ node }: { node: CanvasNode }) {
  const workspace = useWorkspace();
  const use = node.library;
  if (!use || !isOutermost(workspace.document, node)) return null;
  if (workspace.library.isForeign(node)) {
    return (
      <section class="panel" aria-label="From the library">
        <p class="dim">
          Made from version {use.version}{" "}
          of something that this studio's library does not have. It is whole without it.
        </p>
      </section>
    );
  }
  const item = workspace.library.itemOf(node);
  const newer = workspace.library.newerThan(node);
  return (
    <section class="panel" aria-label="From the library">
      <div class="from-library">
        <LibraryBig size={15} />
        <button
          type="button"
          class="link"
          title="Versions and details"
          onClick={() => workspace.libraryItem.value = use.item}
        >
          {item?.title ?? "From the library"}
        </button>
        <small class="mono">version {use.version}</small>
      </div>
      {newer && (
        <div class="notice-box">
          <p>
            Version {newer.version} is newer{newer.note ? `: ${newer.note}` : "."}
          </p>
          {workspace.canEdit && (
            <button
              type="button"
              class="button small"
              onClick={() => workspace.upgrading.value = node.id}
            >
              What changed, take it…
            </button>
          )}
        </div>
      )}
      {item?.retired && <p class="dim">It is retired: no longer offered, and yours to keep.</p>}
    </section>
  );
}
