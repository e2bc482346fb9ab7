import { Lock } from "../../components/icons.ts";
import type { FileLock } from "../../../shared/api/files.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { useWorkspace } from "../workspace.ts";

/** On a node: that somebody has one of its files locked, and who. */
export function NodeLock({ node }: { node: CanvasNode }) {
  return <LockMark locks={useWorkspace().locks.on(node)} />;
}

export function PathLock({ path }: { path: string }) {
  const lock = useWorkspace().locks.all.value.get(path);
  return <LockMark locks={lock ? [lock] : []} />;
}

function LockMark({ locks }: { locks: readonly FileLock[] }) {
  if (locks.length === 0) return null;
  const theirs = locks.filter((lock) => !lock.ours);
  const who = theirs.length ? [...new Set(theirs.map((lock) => lock.owner))].join(", ") : "you";
  const label = `Locked by ${who}: ${locks.map((lock) => lock.path.split("/").at(-1)).join(", ")}`;
  return (
    <span class={`lock-mark ${theirs.length ? "theirs" : ""}`} role="img" aria-label={label} title={label}>
      <Lock size={13} />
      {theirs.length > 0 && <span>{who}</span>}
    </span>
  );
}
