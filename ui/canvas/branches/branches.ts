import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Branch } from "../../../shared/api/branches.ts";
import type { Milestone } from "../../../shared/api/history.ts";
import { MAIN } from "../../../shared/project/branch.ts";
import { api } from "../../api.ts";
import type { Live, Moved } from "../../state/live.ts";
import { attempt } from "../../state/toasts.ts";

/** What a dialog is open for. Versions are branches' names or commits. */
export type Branching =
  | { kind: "new"; commit?: string; words?: string }
  | { kind: "rename"; name: string }
  | { kind: "compare"; from: string; to: string }
  | { kind: "merge"; from: string; into: string };

/** The project's branches as the studio has them. */
export interface BranchList extends Disposable {
  /** Main first; null until they are read. */
  all: ReadonlySignal<readonly Branch[] | null>;
  discarded: ReadonlySignal<readonly Branch[]>;
  milestones: ReadonlySignal<readonly Milestone[]>;
  read(): Promise<void>;
  /** What people call it. */
  titleOf(name: string): string;
}

export function openBranches(projectId: string, live: Live): BranchList {
  const all = signal<readonly Branch[] | null>(null);
  const discarded = signal<readonly Branch[]>([]);
  const milestones = signal<readonly Milestone[]>([]);
  let asked = 0;
  async function read(): Promise<void> {
    const mine = ++asked;
    const [used, gone, marks] = await Promise.all([
      attempt(() => api.branches(projectId)),
      attempt(() => api.branches(projectId, true)),
      attempt(() => api.milestones(projectId)),
    ]);
    // What was asked later is newer.
    if (mine !== asked) return;
    if (used) all.value = used.items;
    if (gone) discarded.value = gone.items;
    if (marks) milestones.value = marks.items;
  }
  // Each take is a commit: only what changes the list itself is a reason to ask for it.
  const isNews = ({ name, commit }: Moved) =>
    (commit === null) !== discarded.peek().some((branch) => branch.name === name) ||
    (commit !== null && !all.peek()?.some((branch) => branch.name === name));
  const stops = [
    effect(() => {
      const moved = live.moved.value;
      if (moved && untracked(() => isNews(moved))) void read();
    }),
    // What happened while the line was down was not told.
    effect(() => {
      if (live.connected.value) void read();
    }),
  ];
  return {
    all,
    discarded,
    milestones,
    read,
    titleOf: (name) =>
      name === MAIN
        ? "Main"
        : [...all.value ?? [], ...discarded.value].find((branch) => branch.name === name)?.title ?? name,
    [Symbol.dispose]: () => stops.forEach((stop) => stop()),
  };
}
