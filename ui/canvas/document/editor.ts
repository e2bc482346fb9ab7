import { batch, type ReadonlySignal, signal } from "@preact/signals";
import * as Y from "yjs";
import { EMPTY_GRAPH, type Graph } from "../../../shared/canvas/graph.ts";
import { edgesOf, nodesOf, writeGraph } from "../../../shared/canvas/live/document.ts";
import { openView, type View } from "../../../shared/canvas/live/view.ts";
import { applyOperations, type Operation } from "../../../shared/canvas/operations.ts";
import { operationsBetween } from "./between.ts";

/** Where a transaction comes from: the person here (theirs to undo), what their undo brings with it, the studio. */
const PERSON = "person", TIDY = "tidy", STUDIO = "studio";

/** What a person did and the studio has not confirmed yet. */
export interface Gesture {
  label: string;
  /** As Yjs wrote it. */
  update: Uint8Array;
  from: Graph;
  to: Graph;
}

/** A gesture of an earlier page: as Yjs wrote it, and what it did. */
export interface Left {
  label: string;
  update: Uint8Array;
  operations: Operation[];
}

/** What a gesture does outside the document, which is done and taken back with it. */
export interface Beside {
  done(): void;
  undone(): void;
}

/**
 * The live document as one person edits it. What they do is seen at once and waits in `waiting` until the studio has it; what others do
 * arrives by `take`. Undo is their own: it takes back a gesture and leaves what others did since.
 */
export interface Editor {
  graph: ReadonlySignal<Graph>;
  waiting: ReadonlySignal<readonly Gesture[]>;
  undoLabel: ReadonlySignal<string | null>;
  redoLabel: ReadonlySignal<string | null>;
  /** One gesture: one step of undo. False when it cannot be (said) or changes nothing, and nothing goes with it. */
  apply(label: string, operations: Operation[], beside?: Beside): boolean;
  undo(): void;
  redo(): void;
  /** What this document knows, for the studio to send the rest: nothing, while it waits to begin anew. */
  vector(): Uint8Array;
  /** What the studio says the document lacks; after a refusal, all of it. */
  sync(data: Uint8Array): void;
  /** What somebody else did. */
  take(data: Uint8Array): void;
  /** The oldest gesture is kept. */
  taken(): void;
  /**
   * Does again what an earlier page did and the studio may not have. Null when it is done, or was there already; else why it
   * cannot be done any more.
   */
  resume(left: Left): string | null;
  /** The oldest gesture is none: it is dropped, the document begins anew with the next `sync`, and what was done after it is done again. */
  refused(message: string): void;
}

/** `lost` hears of every gesture that is taken back because it cannot be, with the reason. */
export function createEditor(
  say: (message: string) => void,
  lost: (gesture: Pick<Gesture, "label" | "from" | "to">, reason: string) => void = () => {},
): Editor {
  const graph = signal<Graph>(EMPTY_GRAPH);
  const waiting = signal<readonly Gesture[]>([]);
  const undoLabel = signal<string | null>(null);
  const redoLabel = signal<string | null>(null);
  let label = "";
  let beside: Beside | undefined;
  let spoilt = false;
  let collected: Uint8Array[] = [];
  let { doc, view, history } = begin();

  function begin() {
    const doc = new Y.Doc();
    const view = openView(doc);
    const history = new Y.UndoManager([nodesOf(doc), edgesOf(doc)], {
      trackedOrigins: new Set([PERSON]),
      captureTimeout: 0,
    });
    history.on("stack-item-added", ({ stackItem }) => {
      stackItem.meta.set("label", history.currStackItem?.meta.get("label") ?? label);
      stackItem.meta.set("beside", history.currStackItem?.meta.get("beside") ?? beside);
    });
    doc.on("update", (data: Uint8Array, origin: unknown) => {
      if (origin !== STUDIO) collected.push(data);
    });
    return { doc, view, history };
  }

  function show(): void {
    batch(() => {
      graph.value = view.graph();
      undoLabel.value = labelOf(history.undoStack);
      redoLabel.value = labelOf(history.redoStack);
    });
  }

  function gesture(name: string, run: () => void): boolean {
    const from = view.graph();
    collected = [];
    label = name;
    run();
    if (!collected.length) {
      show();
      return false;
    }
    const update = collected.length > 1 ? Y.mergeUpdates(collected) : collected[0]!;
    batch(() => {
      show();
      waiting.value = [...waiting.value, { label: name, update, from, to: view.graph() }];
    });
    return true;
  }

  function apply(
    name: string,
    operations: Operation[],
    { companion, refuse = say }: { companion?: Beside | undefined; refuse?: (message: string) => void } = {},
  ): boolean {
    const before = view.graph();
    const applied = applyOperations(before, operations);
    if (!applied.ok) {
      refuse(applied.message);
      return false;
    }
    beside = companion;
    const done = gesture(name, () => writeGraph(doc, before, applied.graph, PERSON)) ||
      // What goes with it alone is a step, too.
      (companion !== undefined && gesture(name, () => touch(doc)));
    beside = undefined;
    if (done) companion?.done();
    return done;
  }

  function step(way: "undo" | "redo"): void {
    const name = (way === "undo" ? undoLabel : redoLabel).value;
    if (name === null) return;
    const before = view.graph();
    const stack = way === "undo" ? history.undoStack : history.redoStack;
    gesture(name, () => {
      // Yjs would go on to the steps before, when others have overwritten all of this one.
      const earlier = stack.splice(0, stack.length - 1);
      const companion = stack.at(-1)?.meta.get("beside") as Beside | undefined;
      const done = history[way]();
      stack.unshift(...earlier);
      if (!done) return say(`There is nothing left of "${name}": others have changed it since.`);
      tidy(doc, view);
      const [fault] = view.faults();
      if (!fault) return way === "undo" ? companion?.undone() : companion?.done();
      // Others have built on it since: it stays, and is no step any more.
      say(`"${name}" cannot be ${way === "undo" ? "taken back" : "done again"} any more: ${fault}`);
      history[way === "undo" ? "redo" : "undo"]();
      stack.pop();
      writeGraph(doc, view.graph(), before, TIDY);
    });
  }

  /** All anew from what the studio has; what waits is done again on top, by what it changed. */
  function beginAnew(data: Uint8Array): void {
    const again = waiting.value;
    view[Symbol.dispose]();
    history.destroy();
    doc.destroy();
    ({ doc, view, history } = begin());
    spoilt = false;
    Y.applyUpdate(doc, data, STUDIO);
    waiting.value = [];
    show();
    for (const { label, from, to } of again) {
      const operations = operationsBetween(from, to);
      let why = "it changes what is not there any more.";
      const done = !operations.length || apply(label, operations, { refuse: (message) => why = message });
      if (!done) lost({ label, from, to }, why);
    }
  }

  function resume({ label, update, operations }: Left): string | null {
    // On a copy: what builds on something that is not there stays in a document for ever.
    const trial = new Y.Doc();
    using seen = openView(trial);
    Y.applyUpdate(trial, Y.encodeStateAsUpdate(doc));
    const before = seen.graph();
    let news = false;
    trial.on("update", () => news = true);
    try {
      Y.applyUpdate(trial, update);
    } catch {
      return "it cannot be read any more.";
    }
    if (trial.store.pendingStructs || trial.store.pendingDs) {
      // What was done before it was refused, and Yjs counts on: it is done again by what it changed.
      let why: string | null = null;
      apply(label, operations, { refuse: (message) => why = message });
      return why;
    }
    if (!news) return null;
    const [fault] = seen.faults();
    if (fault) return fault;
    if (seen.graph() === before) return "what it changed has been deleted by somebody else.";
    gesture(label, () => Y.applyUpdate(doc, update, PERSON));
    return null;
  }

  return {
    graph,
    waiting,
    undoLabel,
    redoLabel,
    apply: (name, operations, companion) => apply(name, operations, { companion }),
    resume,
    undo: () => step("undo"),
    redo: () => step("redo"),
    vector: () => Y.encodeStateVector(spoilt ? new Y.Doc() : doc),
    sync(data) {
      batch(() => {
        if (spoilt) return beginAnew(data);
        Y.applyUpdate(doc, data, STUDIO);
        show();
      });
    },
    take(data) {
      Y.applyUpdate(doc, data, STUDIO);
      show();
    },
    taken: () => waiting.value = waiting.value.slice(1),
    refused(message) {
      const [first, ...rest] = waiting.value;
      spoilt = true;
      waiting.value = rest;
      say(`"${first?.label}" was taken back: ${message}`);
      if (first) lost(first, message);
    },
  };
}

/** A change that changes nothing. */
function touch(doc: Y.Doc): void {
  const [node] = [...nodesOf(doc).values()];
  if (node instanceof Y.Map) doc.transact(() => node.set("title", node.get("title")), PERSON);
}

function labelOf(stack: { meta: Map<unknown, unknown> }[]): string | null {
  const label = stack.at(-1)?.meta.get("label");
  return typeof label === "string" ? label : null;
}

/** An undo can leave wires without their node and nodes without their group, where others have added to what it takes back. */
function tidy(doc: Y.Doc, view: View): void {
  const graph = view.graph();
  const ids = new Set(graph.nodes.map((node) => node.id));
  const edges = graph.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const nodes = graph.nodes.map((node) => {
    if (node.parent === undefined || ids.has(node.parent)) return node;
    const { parent: _, ...free } = node;
    return free as typeof node;
  });
  writeGraph(doc, graph, { nodes, edges }, TIDY);
}
