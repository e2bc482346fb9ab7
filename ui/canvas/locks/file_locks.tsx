import { Lock, LockOpen } from "lucide-preact";
import { filesOfNode } from "../../../shared/canvas/file_refs.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { agoText } from "../../state/words.ts";
import { managesPeople } from "../../people/me.ts";
import { useWorkspace } from "../workspace.ts";

/** In the inspector: the files of a node that are locked, and the ways in and out. */
export function FileLocks({ node }: { node: CanvasNode }) {
  const { locks, canEdit } = useWorkspace();
  const files = [...new Set(filesOfNode(node).map((file) => file.path))];
  if (files.length === 0) return null;
  const held = locks.on(node);
  const free = files.filter((path) => !locks.all.value.has(path));
  const ours = held.filter((lock) => lock.ours);
  return (
    <section class="panel" aria-label="Locks">
      {held.map((lock) => (
        <div class="lock-row" key={lock.id}>
          <Lock size={14} />
          <span title={lock.path}>
            <b>{lock.path.split("/").at(-1)}</b> is locked by {lock.ours ? "you" : lock.owner},{" "}
            {agoText(lock.locked_at)}
          </span>
          {!lock.ours && managesPeople.value && canEdit && (
            <button
              type="button"
              class="button small"
              title={`${lock.owner} may have changes that are not pushed yet`}
              onClick={() => void locks.unlock([lock], true)}
            >
              Break the lock
            </button>
          )}
        </div>
      ))}
      {canEdit && (
        <div class="row wrap">
          {free.length > 0 && (
            <button
              type="button"
              class="button small"
              title="While you work on them elsewhere: nobody else changes or replaces them"
              onClick={() => void locks.lock(free)}
            >
              <Lock size={14} /> {files.length === 1 ? "Lock its file" : "Lock its files"}
            </button>
          )}
          {ours.length > 0 && (
            <button
              type="button"
              class="button small"
              onClick={() => void locks.unlock(ours)}
            >
              <LockOpen size={14} /> {ours.length === 1 ? "Unlock" : `Unlock ${ours.length} files`}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
