import { computed, type ReadonlySignal } from "@preact/signals";
import type { CanvasNode, Graph } from "../../../shared/canvas/graph.ts";
import type { Operation } from "../../../shared/canvas/operations.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { offline } from "../../api.ts";
import { onBranch } from "../../state/branch.ts";
import { socketOf } from "../../state/keep_open.ts";
import { say } from "../../state/toasts.ts";
import { createPeople, type People } from "../presence/people.ts";
import { connect } from "./connection.ts";
import { createEditor } from "./editor.ts";
import type { Beside, Deed } from "./history.ts";
import { keepFor, type Refused } from "./keep.ts";
import { openKept, type Whose } from "./kept.ts";

/** `kept`: what waits would outlive this page. */
export type SaveState =
  | { kind: "saved" }
  | { kind: "saving" }
  | { kind: "offline"; changes: number; kept: boolean };

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
  /** What the studio would not take, with its reasons, until {@link forgive}. */
  refused: ReadonlySignal<readonly Refused[]>;
  forgive(id: string): void;
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
  /**
   * Before the studio is asked for something that is made of the canvas: resolves when it has everything, also over a line that comes back
   * within a moment. Throws {@link offline} when it does not: what would be made is not what is seen.
   */
  sent(): Promise<void>;
}

/** Milliseconds until a canvas that does not come is given up. */
const OPENS_WITHIN_MS = 30_000;

interface OpenOptions {
  branch?: string;
  open?: () => WebSocket;
  tell?: (message: string) => void;
  /** Whose work it is: what the studio does not have yet is kept on this computer for them. */
  whose?: Whose;
  /** Milliseconds that `sent` waits: after a gateway died there is another one in less, and nobody waits longer without a word. */
  patienceMs?: number;
}

/** Opens the document of a project's branch once the studio has sent it, with what an earlier page could not send. */
export async function openDocument(
  projectId: string,
  {
    branch = MAIN,
    open = socketOf(onBranch(`/api/projects/${projectId}/canvas/live`, branch)),
    tell = sayBroken,
    whose,
    patienceMs = 10_000,
  }: OpenOptions = {},
): Promise<CanvasDocument> {
  const kept = whose ? await openKept(whose) : null;
  const editor = createEditor(tell, (gesture, reason) => keep.refuse(gesture, reason));
  const keep = keepFor(editor, kept);
  const people = createPeople((word) => connection.say(word));
  const connection = connect({
    open,
    editor,
    heard: people.heard,
    down: people.down,
    ...(whose ? { user: whose.user } : {}),
    stranger: (name) => void begone(name, () => keep.safe.peek(), tell),
  });
  const { connected } = connection;
  const close = () => {
    people[Symbol.dispose]();
    connection[Symbol.dispose]();
    keep[Symbol.dispose]();
  };
  if (!await within(OPENS_WITHIN_MS, when(connected, (is) => is))) {
    close();
    throw new Error("The studio does not send the canvas. Reload the page to try again.");
  }
  await keep.resume().catch((error) => console.warn("What was kept on this computer cannot be read", error));

  const byId = computed(() => new Map(editor.graph.value.nodes.map((node) => [node.id, node])));
  const nodes = new Map<string, ReadonlySignal<CanvasNode | null>>();
  const save = computed((): SaveState => {
    const changes = editor.waiting.value.length;
    if (!changes) return { kind: "saved" };
    return connected.value ? { kind: "saving" } : { kind: "offline", changes, kept: keep.safe.value };
  });
  // A page that is left takes with it what neither the studio nor this computer has.
  const warn = (event: BeforeUnloadEvent) => {
    if (!keep.safe.peek()) event.preventDefault();
  };
  globalThis.addEventListener("beforeunload", warn as EventListener);
  globalThis.addEventListener("pagehide", leaveField);

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
    refused: keep.refused,
    forgive: keep.forgive,
    connected,
    undoLabel: editor.undoLabel,
    redoLabel: editor.redoLabel,
    people,
    apply: (label, operations, beside) => mayEdit() && editor.apply(label, operations, beside),
    did: editor.did,
    undo: editor.undo,
    redo: editor.redo,
    flush: () => when(save, (state) => state.kind !== "saving"),
    async sent() {
      if (!await within(patienceMs, when(save, (state) => state.kind === "saved"))) throw offline();
    },
    [Symbol.dispose]() {
      globalThis.removeEventListener("beforeunload", warn as EventListener);
      globalThis.removeEventListener("pagehide", leaveField);
      close();
    },
  };
}

/** What is being typed is committed by leaving its field. */
function leaveField(): void {
  (document.activeElement as HTMLElement | null)?.blur?.();
}

/** Somebody else has signed in here: this page is not theirs, and its changes wait for whoever made them. */
async function begone(name: string, isSafe: () => boolean, tell: (message: string) => void): Promise<void> {
  leaveField();
  for (let tries = 0; tries < 20 && !isSafe(); tries++) await new Promise((done) => setTimeout(done, 50));
  if (isSafe()) return location.reload();
  tell(
    `This browser is signed in as ${name} now. What you did since is in this page only: it is not sent as theirs.`,
  );
}

function sayBroken(message: string): void {
  say(message, { level: "broken" });
}

/** False when it is not so by then. */
function within(ms: number, so: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(resolve, ms, false));
  return Promise.race([so.then(() => true), late]).finally(() => clearTimeout(timer));
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
