import { filesOfNode } from "../../../shared/canvas/file_refs.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { say } from "../../state/toasts.ts";
import type { CanvasDocument } from "../document/document.ts";
import type { Locks } from "./locks.ts";

/** Who holds the file that somebody would replace, and what to do. */
export function lockedWords({ path, owner }: { path: string; owner: string }): string {
  return `${path} is locked by ${owner}. Ask them to unlock it, or an owner of the studio to break the lock.`;
}

/**
 * The document for somebody who works beside others: what these have locked is not taken out of a node. The studio says no by
 * itself; said here first, nothing has to be taken back.
 */
export function heedLocks(document: CanvasDocument, locks: Locks): CanvasDocument {
  const inTheWay = (operation: Operation) => {
    if (operation.op !== "update_node") return null;
    const node = document.node(operation.id).value;
    const theirs = node ? locks.on(node).filter((lock) => !lock.ours) : [];
    if (theirs.length === 0) return null;
    const after = new Set(filesOfNode({ ...node, ...operation.set } as CanvasNode).map((file) => file.path));
    return theirs.find((lock) => !after.has(lock.path)) ?? null;
  };
  return {
    ...document,
    apply(label, operations) {
      for (const operation of operations) {
        const lock = inTheWay(operation);
        if (!lock) continue;
        say(lockedWords(lock), { level: "broken" });
        return false;
      }
      return document.apply(label, operations);
    },
  };
}
