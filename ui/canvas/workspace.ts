import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Project } from "../../shared/api/project.ts";
import type { RunnerManifest } from "../../shared/runners/manifest.ts";
import { type Live, openLive } from "../state/live.ts";
import { type LibraryUses, openLibraryUses, type Publishing } from "./library/library.ts";
import { heedLocks } from "./locks/heed_locks.ts";
import { type Locks, openLocks } from "./locks/locks.ts";
import { openUploads, type Uploads } from "./assets/uploads.ts";
import { canEdit, canReview, loadMe } from "../people/me.ts";
import { lookingOnly } from "./looking_only.ts";
import { type Branching, type BranchList, openBranches } from "./branches/branches.ts";
import { type CanvasDocument, openDocument } from "./document/document.ts";
import { filmOf } from "./head_start.ts";
import { createLevels, type Levels } from "./levels.ts";
import { createStaleness, type Staleness } from "./stale.ts";

/** One open project: its document, what the machines say, what is selected. All state of the canvas hangs on it. */
export interface Workspace extends Disposable {
  /** False for who may only look: nothing that changes the film is offered. */
  readonly canEdit: boolean;
  /** May choose among takes. */
  readonly canReview: boolean;
  project: Signal<Project>;
  /** The branch whose canvas this is, by its name. */
  readonly branch: string;
  branches: BranchList;
  /** What is being done with branches, in a dialog. */
  branching: Signal<Branching | null>;
  document: CanvasDocument;
  live: Live;
  stale: Staleness;
  levels: Levels;
  /** Files on their way into the project. */
  uploads: Uploads;
  /** What the film uses of the studio's library. */
  library: LibraryUses;
  /** Who has which files locked. */
  locks: Locks;
  runners: RunnerManifest[];
  /** Ids of selected nodes and wires. Never shared, never in the document. */
  selection: Signal<ReadonlySet<string>>;
  selectedNode: ReadonlySignal<string | null>;
  /** Where the pointer is on the canvas, in canvas pixels: where Tab adds. */
  pointer: { x: number; y: number };
  search: Signal<SearchAt | null>;
  /** A node to bring into view: what was just added, or is looked for. */
  reveal: Signal<string | null>;
  /** What the view should show next; null once it does. */
  look: Signal<"all" | "selection" | "actual" | null>;
  /** The command palette is open. */
  palette: Signal<boolean>;
  /** The node whose wires are listed. */
  wiring: Signal<string | null>;
  /** The sheet of all keys is open. */
  shortcuts: Signal<boolean>;
  /** The assembler whose film is previewed. */
  previewing: Signal<string | null>;
  /** A cut list that was dropped, for the panel of its assembler to show. */
  conforming: Signal<{ assembler: string; file: File } | null>;
  /** The node whose name is being typed on it. */
  renaming: Signal<string | null>;
  /** The edit whose mask is painted. */
  masking: Signal<string | null>;
  comparing: Signal<[string, string] | null>;
  /** The take that is looked at as large as the window. */
  looking: Signal<string | null>;
  /** What is being published to the library. */
  publishing: Signal<Publishing | null>;
  /** The node whose newer version is looked at. */
  upgrading: Signal<string | null>;
  /** The library's item whose details are open. */
  libraryItem: Signal<string | null>;
}

/** An open node search: where it stands on the screen, where the node goes, and the wire it was dragged from. */
export interface SearchAt {
  screen: { x: number; y: number };
  position: { x: number; y: number };
  from?: { node: string; port: string; kind: "source" | "target" };
}

export async function openWorkspace(id: string, branch: string): Promise<Workspace> {
  const [[project, runnersAsked], who] = await Promise.all([filmOf(id), loadMe()]);
  const whose = { tenant: who.studio.id, user: who.id, project: project.id, branch };
  const [opened, runners] = await Promise.all([
    openDocument(project.id, { branch, whose }),
    runnersAsked,
  ]);
  const live = openLive(project.id, branch);
  const locks = openLocks(project.id, live);
  const document = canEdit.value ? heedLocks(opened, locks) : lookingOnly(opened);
  const branches = openBranches(project.id, live);
  const shown = signal(project);
  const uploads = openUploads(() => shown.value);
  const library = openLibraryUses(document, live);
  const selection = signal<ReadonlySet<string>>(new Set());
  const selectedNode = computed(() => {
    const nodes = [...selection.value].filter((each) => document.node(each).value);
    return nodes.length === 1 ? nodes[0]! : null;
  });
  return {
    project: shown,
    branch,
    branches,
    branching: signal<Branching | null>(null),
    get canEdit() {
      return canEdit.value;
    },
    get canReview() {
      return canReview.value;
    },
    document,
    live,
    stale: createStaleness(document, live),
    levels: createLevels(document),
    uploads,
    library,
    locks,
    runners: runners.items.filter((runner) => !runner.self_test),
    selection: selection,
    selectedNode,
    pointer: { x: 0, y: 0 },
    search: signal<SearchAt | null>(null),
    reveal: signal<string | null>(null),
    look: signal<"all" | "selection" | "actual" | null>(null),
    palette: signal(false),
    wiring: signal<string | null>(null),
    shortcuts: signal(false),
    previewing: signal<string | null>(null),
    conforming: signal<{ assembler: string; file: File } | null>(null),
    renaming: signal<string | null>(null),
    masking: signal<string | null>(null),
    comparing: signal<[string, string] | null>(null),
    looking: signal<string | null>(null),
    publishing: signal<Publishing | null>(null),
    upgrading: signal<string | null>(null),
    libraryItem: signal<string | null>(null),
    [Symbol.dispose]() {
      branches[Symbol.dispose]();
      library[Symbol.dispose]();
      locks[Symbol.dispose]();
      uploads[Symbol.dispose]();
      live[Symbol.dispose]();
      document[Symbol.dispose]();
    },
  };
}

export const WorkspaceContext = createContext<Workspace | null>(null);

/** The film that is open around, or null on a page of the whole studio. */
export function useFilm(): Workspace | null {
  return useContext(WorkspaceContext);
}

export function useWorkspace(): Workspace {
  const workspace = useFilm();
  if (!workspace) throw new Error("No project is open here");
  return workspace;
}
