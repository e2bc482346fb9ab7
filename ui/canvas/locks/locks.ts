import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { FileLock } from "../../../shared/api/files.ts";
import { filesOfNode } from "../../../shared/canvas/file_refs.ts";
import type { CanvasNode } from "../../../shared/canvas/graph.ts";
import { callAt } from "../../api.ts";
import type { Live } from "../../state/live.ts";
import { attempt, say } from "../../state/toasts.ts";

/** Who has which of the project's files locked, as it is now. */
export interface Locks extends Disposable {
  /** By path. */
  all: ReadonlySignal<ReadonlyMap<string, FileLock>>;
  /** Those on files that a node holds. */
  on(node: CanvasNode): FileLock[];
  lock(paths: readonly string[]): Promise<void>;
  /** `force`: also those of others, as an owner of the studio. */
  unlock(locks: readonly FileLock[], force?: boolean): Promise<void>;
}

export function openLocks(projectId: string, live: Live): Locks {
  const url = `/api/projects/${projectId}/locks`;
  const list = signal<readonly FileLock[]>([]);
  const all = computed(() => new Map(list.value.map((lock) => [lock.path, lock])));
  let turn = 0;
  async function load(): Promise<void> {
    const mine = ++turn;
    try {
      const { items } = await callAt<{ items: FileLock[] }>("GET", url);
      if (mine === turn) list.value = items;
    } catch {
      // Told again when the line is back; until then what is known stays.
    }
  }
  const stop = effect(() => {
    live.changed.locks.value;
    void load();
  });
  return {
    all,
    on(node) {
      if (all.value.size === 0) return [];
      return filesOfNode(node).flatMap((file) => all.value.get(file.path) ?? []);
    },
    async lock(paths) {
      for (const path of new Set(paths)) {
        if (!await attempt(() => callAt<FileLock>("POST", url, { path }))) return await load();
      }
      await load();
      say(
        `${words([...new Set(paths)])} locked: nobody else changes or replaces ${
          paths.length > 1 ? "them" : "it"
        }.`,
      );
    },
    async unlock(locks, force = false) {
      for (const lock of locks) {
        await attempt(() => callAt<void>("DELETE", `${url}/${lock.id}${force ? "?force=true" : ""}`));
      }
      await load();
    },
    [Symbol.dispose]() {
      turn++;
      stop();
    },
  };
}

function words(paths: string[]): string {
  return paths.length === 1 ? `${paths[0]!.split("/").at(-1)} is` : `${paths.length} files are`;
}
