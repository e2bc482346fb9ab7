import { filesOfNode } from "../../../shared/canvas/file_refs.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import type { Action } from "../actions.ts";
import { managesPeople } from "../../people/me.ts";
import type { Workspace } from "../workspace.ts";

function chosen({ document: doc, selection }: Workspace): CanvasNode[] {
  return [...selection.value].flatMap((id) => doc.node(id).value ?? []);
}
function free(workspace: Workspace): string[] {
  const paths = chosen(workspace).flatMap((node) => filesOfNode(node).map((file) => file.path));
  return [...new Set(paths)].filter((path) => !workspace.locks.all.value.has(path));
}
function held(workspace: Workspace, ours: boolean) {
  return chosen(workspace).flatMap((node) => workspace.locks.on(node)).filter((lock) => lock.ours === ours);
}

/** Locks on the files of what is selected. */
export const LOCK_ACTIONS: readonly Action[] = [
  {
    id: "lock",
    label: "Lock its files",
    when: (workspace) => free(workspace).length > 0,
    run: (workspace) => void workspace.locks.lock(free(workspace)),
  },
  {
    id: "unlock",
    label: "Unlock its files",
    when: (workspace) => held(workspace, true).length > 0,
    run: (workspace) => void workspace.locks.unlock(held(workspace, true)),
  },
  {
    id: "break_lock",
    label: "Break the locks of others on its files",
    when: (workspace) => managesPeople.value && held(workspace, false).length > 0,
    run: (workspace) => void workspace.locks.unlock(held(workspace, false), true),
  },
];
