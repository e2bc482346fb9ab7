import { computed, type ReadonlySignal } from "@preact/signals";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { onBranch } from "../../state/branch.ts";
import { socketOf } from "../../state/keep_open.ts";
import { say } from "../../state/toasts.ts";
import { createPeople, type People } from "../presence/people.ts";
import { connect } from "./connection.ts";
import { createEditor } from "./editor.ts";
import type { Beside, Deed } from "./history.ts";

export type SaveState = { kind: "saved" } | { kind: "saving" } | { kind: "offline"; changes: number };

/**
 * The graph as this person sees it: the studio's, with what was done here on top. A change is seen at once and sent in the
 * background, in order; what the studio refuses is said and taken back. Undo is one's own: it takes back a gesture, and nothing that
 * others did since.
 */
export interface CanvasDocument extends Disposable {
  graph: ReadonlySignal<Graph>;
  /** The same nodes by id. */
  nodes: ReadonlySignal<ReadonlyMap<string, CanvasNode>>;
  node(id: string): ReadonlySignal<CanvasNode | null>;
  /** What the studio has of what was done here. */
  save: ReadonlySignal<SaveState>;
  /** What others do arrives. */
  connected: ReadonlySignal<boolean>;
  undoLabel: ReadonlySignal<string | null>;
  redoLabel: ReadonlySignal<string | null>;
  /** Who else is here. */
  people: People;
  /** One gesture. False when it cannot be (said to the person) or changes nothing. */
  apply(label: string, operations: Operation[], beside?: Beside): boolean;
  /** Remembers, as one gesture, what was done at the studio and not in the document: another active take, another quality. */
  did(label: string, deed: Deed): void;
  undo(): Promise<void>;
  redo(): Promise<void>;
  /** Resolves when the studio has everything, or cannot be reached. */
  flush(): Promise<void>;
}

/** Milliseconds until a canvas that does not come is given up. */
const OPENS_WITHIN_MS = 30_000;

/** Opens the document of a project's branch once the studio has sent it. */
export async function openDocument(
  projectId: string,
  {
    branch = MAIN,
    open = socketOf(onBranch(`/api/projects/${projectId}/canvas/live`, branch)),
    tell = sayBroken,
  } = {},
): Promise<CanvasDocument> {
  const editor = createEditor(tell);
  const people = createPeople((word) => connection.say(word));
  const connection = connect({ open, editor, heard: people.heard, down: people.down });
  const { connected } = connection;
  const close = () => {
    people[Symbol.dispose]();
    connection[Symbol.dispose]();
  };
  const waited = Symbol();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => timer = setTimeout(resolve, OPENS_WITHIN_MS, waited));
  if (await Promise.race([when(connected, (is) => is), late]) === waited) {
    close();
    throw new Error("The studio does not send the canvas. Reload the page to try again.");
  }
  clearTimeout(timer);

  const byId = computed(() => new Map(editor.graph.value.nodes.map((node) => [node.id, node])));
  const nodes = new Map<string, ReadonlySignal<CanvasNode | null>>();
  const save = computed((): SaveState => {
    const changes = editor.waiting.value.length;
    if (!changes) return { kind: "saved" };
    return connected.value ? { kind: "saving" } : { kind: "offline", changes };
  });
  // A page that is left takes with it what the studio does not have.
  const warn = (event: BeforeUnloadEvent) => {
    if (editor.waiting.peek().length) event.preventDefault();
  };
  globalThis.addEventListener("beforeunload", warn as EventListener);

  const mayEdit = () => {
    if (!people.canEdit.peek()) tell("You may look at this film, but not change it.");
    return people.canEdit.peek();
  };
  return {
    graph: editor.graph,
    nodes: byId,
    node(id) {
      let found = nodes.get(id);
      if (!found) nodes.set(id, found = computed(() => byId.value.get(id) ?? null));
      return found;
    },
    save,
    connected,
    undoLabel: editor.undoLabel,
    redoLabel: editor.redoLabel,
    people,
    apply: (label, operations, beside) => mayEdit() && editor.apply(label, operations, beside),
    did: editor.did,
    undo: editor.undo,
    redo: editor.redo,
    flush: () => when(save, (state) => state.kind !== "saving"),
    [Symbol.dispose]() {
      globalThis.removeEventListener("beforeunload", warn as EventListener);
      close();
    },
  };
}

function sayBroken(message: string): void {
  say(message, { level: "broken" });
}

/** Resolves once it is so. */
function when<T>(signal: ReadonlySignal<T>, is: (value: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = signal.subscribe((value) => {
      if (!is(value)) return;
      resolve();
      // The first call comes before there is anything to stop.
      queueMicrotask(() => stop());
    });
  });
}
