import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import { applyOperations, type Operation } from "../../../shared/canvas/operations.ts";
import { api, ApiError } from "../../api.ts";
import { say } from "../../state/toasts.ts";
import { restoring } from "./restore.ts";

export type SaveState = { kind: "saved"; at: number } | { kind: "saving" } | {
  kind: "offline";
  changes: number;
};

/**
 * The graph as this person sees it: the server's, with what was done here on top. A change is applied at once and sent in the
 * background, in order; what the server refuses is said and taken back. Undo is one's own: it restores what a
 * gesture touched, and nothing that others did since.
 */
export interface CanvasDocument extends Disposable {
  graph: ReadonlySignal<Graph>;
  node(id: string): ReadonlySignal<CanvasNode | null>;
  save: ReadonlySignal<SaveState>;
  undoLabel: ReadonlySignal<string | null>;
  redoLabel: ReadonlySignal<string | null>;
  /** One gesture. False when it cannot be (said to the person) or changes nothing. */
  apply(label: string, operations: Operation[]): boolean;
  undo(): void;
  redo(): void;
  /** The server's version is this: read it again unless it is what we made. */
  heard(version: number): void;
  /** Sends what waits at once. */
  flush(): Promise<void>;
}

interface Step {
  label: string;
  back: Operation[];
  forth: Operation[];
}

export async function openDocument(projectId: string): Promise<CanvasDocument> {
  const first = await api.canvas(projectId);
  let known = first.version;
  let base = first.graph;
  const pending: Operation[][] = [];
  const graph: Signal<Graph> = signal(base);
  const save = signal<SaveState>({ kind: "saved", at: Date.now() });
  const done = signal<Step[]>([]);
  const undone = signal<Step[]>([]);
  const byId = computed(() => new Map(graph.value.nodes.map((node) => [node.id, node])));
  const nodes = new Map<string, ReadonlySignal<CanvasNode | null>>();
  let sending: Promise<void> | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  /** The server's graph with our unsent gestures on top; those that no longer fit are dropped. */
  function rebase(): void {
    let next = base;
    for (const operations of pending) {
      const applied = applyOperations(next, operations);
      if (applied.ok) next = applied.graph;
    }
    graph.value = next;
  }

  async function send(): Promise<void> {
    while (pending.length && !closed) {
      save.value = { kind: "saving" };
      const operations = pending[0]!;
      try {
        const answer = await api.patchCanvas(projectId, operations);
        pending.shift();
        known = answer.version;
        base = answer.graph;
        rebase();
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) {
          save.value = { kind: "offline", changes: pending.length };
          retry = setTimeout(start, 2000);
          return;
        }
        pending.shift();
        say(`Taken back: ${error.message}`, { level: "broken" });
        await refresh();
      }
    }
    if (!closed) save.value = { kind: "saved", at: Date.now() };
  }
  function start(): void {
    clearTimeout(retry);
    sending ??= send().finally(() => sending = null);
  }
  async function refresh(): Promise<void> {
    try {
      const answer = await api.canvas(projectId);
      if (answer.version < known) return;
      known = answer.version;
      base = answer.graph;
      rebase();
    } catch {
      // The socket says when the studio is back, and with it the version.
    }
  }

  function enact(operations: Operation[]): Operation[] | null {
    const applied = applyOperations(graph.value, operations);
    if (!applied.ok) {
      say(applied.message, { level: "broken" });
      return null;
    }
    const back = restoring(graph.value, applied.graph);
    if (back.length === 0) return null;
    graph.value = applied.graph;
    pending.push(operations);
    start();
    return back;
  }
  function step(from: Signal<Step[]>, to: Signal<Step[]>, way: "back" | "forth"): void {
    const last = from.value.at(-1);
    if (!last) return;
    from.value = from.value.slice(0, -1);
    const reverse = enact(last[way]);
    if (reverse) {
      to.value = [...to.value, way === "back" ? { ...last, forth: reverse } : { ...last, back: reverse }];
    }
  }

  return {
    graph,
    node(id) {
      let found = nodes.get(id);
      if (!found) nodes.set(id, found = computed(() => byId.value.get(id) ?? null));
      return found;
    },
    save,
    undoLabel: computed(() => done.value.at(-1)?.label ?? null),
    redoLabel: computed(() => undone.value.at(-1)?.label ?? null),
    apply(label, operations) {
      const back = enact(operations);
      if (!back) return false;
      done.value = [...done.value.slice(-199), { label, back, forth: operations }];
      undone.value = [];
      return true;
    },
    undo: () => step(done, undone, "back"),
    redo: () => step(undone, done, "forth"),
    heard(version) {
      if (version > known && !sending) void refresh();
      else if (version > known) void sending!.then(() => version > known ? refresh() : undefined);
    },
    async flush() {
      start();
      await sending;
    },
    [Symbol.dispose]() {
      closed = true;
      clearTimeout(retry);
    },
  };
}
