import { batch, type ReadonlySignal, signal } from "@preact/signals";
import * as Y from "yjs";
import { EMPTY_GRAPH, type Graph } from "../../../shared/canvas/graph.ts";
import { writeGraph } from "../../../shared/canvas/live/document.ts";
import { openView } from "../../../shared/canvas/live/view.ts";
import { applyOperations, type Operation } from "../../../shared/canvas/operations.ts";
import { operationsBetween } from "./between.ts";
import { changeBetween, NO_CHANGE, takenBack } from "./change.ts";
import { type Beside, type ChangeStep, createHistory, type Deed, type Step, type Way } from "./history.ts";

/** Where a transaction comes from: the person here, the studio. */
const PERSON = "person", STUDIO = "studio";

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
  /** Remembers what was done elsewhere than in the document, as one gesture among the others. */
  did(label: string, deed: Deed): void;
  /** Resolves when it is done: what was done at the studio takes its time, and the next step waits for it. */
  undo(): Promise<void>;
  redo(): Promise<void>;
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
  /**
   * The oldest gesture is none: it is dropped, the document begins anew with the next `sync`, and what was done after it is done again.
   * What was done before it can be undone as ever.
   */
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
  const history = createHistory();
  /** What is remembered of a gesture that waits; `back`: the step that it took back, or did again. */
  const steps = new WeakMap<Gesture, { step: Step; back?: { step: Step; way: Way } }>();
  let spoilt = false;
  let { doc, view } = begin();

  function begin() {
    const doc = new Y.Doc();
    return { doc, view: openView(doc) };
  }

  function show(): void {
    batch(() => {
      graph.value = view.graph();
      undoLabel.value = history.label("undo");
      redoLabel.value = history.label("redo");
    });
  }

  function gesture(label: string, run: () => void): Gesture | null {
    const from = view.graph();
    // Yjs writes a change down for who listens: also the whole canvas as it comes, which nobody here wants in writing.
    const collected: Uint8Array[] = [];
    const collect = (data: Uint8Array) => void collected.push(data);
    doc.on("update", collect);
    try {
      run();
    } finally {
      doc.off("update", collect);
    }
    if (!collected.length) {
      show();
      return null;
    }
    const update = collected.length > 1 ? Y.mergeUpdates(collected) : collected[0]!;
    const made = { label, update, from, to: view.graph() };
    batch(() => {
      show();
      waiting.value = [...waiting.value, made];
    });
    return made;
  }

  /** A gesture that nothing is remembered of yet. */
  function make(label: string, operations: Operation[], refuse = say): Gesture | null {
    const before = view.graph();
    const applied = applyOperations(before, operations);
    if (applied.ok) return gesture(label, () => writeGraph(doc, before, applied.graph, PERSON));
    refuse(applied.message);
    return null;
  }

  // In one batch: who sends what waits must not be refused before the step is remembered.
  function apply(label: string, operations: Operation[], beside?: Beside): boolean {
    return batch(() => {
      let refused = false;
      const made = make(label, operations, (message) => {
        refused = true;
        say(message);
      });
      // What goes with it alone is a step, too.
      if (refused || !made && !beside) return false;
      const step = { label, change: made ? changeBetween(made.from, made.to) : NO_CHANGE, beside };
      if (made) steps.set(made, { step });
      history.did(step);
      show();
      beside?.done();
      return true;
    });
  }

  function stepOnce(way: Way): void | Promise<void> {
    const step = history.take(way);
    if (!step) return;
    if ("change" in step) return batch(() => change(way, step));
    show();
    return (way === "undo" ? step.deed.back() : step.deed.again()).then((done) => {
      if (done) history.put(otherWay(way), step);
      show();
    });
  }

  function change(way: Way, step: ChangeStep): void {
    const { label, beside } = step;
    const now = view.graph();
    let why = "";
    const made = make(label, operationsBetween(now, takenBack(step.change, now)), (message) => why = message);
    if (made || beside && !why) {
      const back = { label, change: made ? changeBetween(made.from, made.to) : NO_CHANGE, beside };
      if (made) steps.set(made, { step: back, back: { step, way } });
      history.put(otherWay(way), back);
      way === "undo" ? beside?.undone() : beside?.done();
    } else if (why) {
      // Others have built on it since: it stays, and is no step any more.
      say(`"${label}" cannot be ${way === "undo" ? "taken back" : "done again"} any more: ${why}`);
    } else say(`There is nothing left of "${label}": others have changed it since.`);
    show();
  }

  /** Steps in the order in which they were asked for, at once where nothing is under way. */
  let underWay: Promise<void> | null = null;
  function step(way: Way): Promise<void> {
    const done = underWay ? underWay.then(() => stepOnce(way)) : stepOnce(way);
    if (!done) return Promise.resolve();
    const mine: Promise<void> = done.finally(() => {
      if (underWay === mine) underWay = null;
    });
    return underWay = mine;
  }

  /** All anew from what the studio has; what waits is done again on top, by what it changed. */
  function beginAnew(data: Uint8Array): void {
    const again = waiting.value;
    view[Symbol.dispose]();
    doc.destroy();
    ({ doc, view } = begin());
    spoilt = false;
    Y.applyUpdate(doc, data, STUDIO);
    waiting.value = [];
    show();
    for (const gesture of again) {
      const operations = operationsBetween(gesture.from, gesture.to);
      let why = "it changes what is not there any more.";
      const made = make(gesture.label, operations, (message) => why = message);
      const known = steps.get(gesture);
      if (made && known) steps.set(made, known);
      else if (known) forget(known);
      if (!made && operations.length) lost(gesture, why);
    }
    show();
  }

  /** A gesture did not come to be: it is no step, and what it took back stands again. */
  function forget({ step, back }: { step: Step; back?: { step: Step; way: Way } }): void {
    history.forget(step);
    if (back) history.put(back.way, back.step);
  }

  /** A step like any other: what an earlier page did can be undone here. */
  function remember(made: Gesture): void {
    const step = { label: made.label, change: changeBetween(made.from, made.to) };
    steps.set(made, { step });
    history.did(step);
    show();
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
      const made = make(label, operations, (message) => why = message);
      if (made) remember(made);
      return why;
    }
    if (!news) return null;
    const [fault] = seen.faults();
    if (fault) return fault;
    if (seen.graph() === before) return "what it changed has been deleted by somebody else.";
    batch(() => {
      const made = gesture(label, () => Y.applyUpdate(doc, update, PERSON));
      if (made) remember(made);
    });
    return null;
  }

  return {
    graph,
    waiting,
    undoLabel,
    redoLabel,
    apply,
    resume,
    did(label, deed) {
      history.did({ label, deed });
      show();
    },
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
      const known = first && steps.get(first);
      if (known) forget(known);
      show();
      say(`"${first?.label}" was taken back: ${message}`);
      if (first) lost(first, message);
    },
  };
}

function otherWay(way: Way): Way {
  return way === "undo" ? "redo" : "undo";
}
