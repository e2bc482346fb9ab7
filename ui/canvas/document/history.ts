import type { Change } from "./change.ts";

/** Something that was done outside of the document, at the studio, and can be done back and again there. */
export interface Deed {
  /** False when it cannot be any more; why was said. */
  back(): Promise<boolean>;
  again(): Promise<boolean>;
}

/** What a gesture does outside the document, which is done and taken back with it. */
export interface Beside {
  done(): void;
  undone(): void;
}

/** One gesture that can be taken back, or done again. */
export type Step = ChangeStep | { label: string; deed: Deed };
export interface ChangeStep {
  label: string;
  change: Change;
  beside?: Beside | undefined;
}
export type Way = "undo" | "redo";

/** Steps beyond which the oldest are forgotten. */
const MOST = 500;

/**
 * One person's gestures, the last on top. It holds what they changed, not where in a Yjs document: so it is the same for a document
 * that had to begin anew, and forgetting nothing of it keeps no tombstones.
 */
export interface History {
  label(way: Way): string | null;
  /** A new gesture: what was taken back before cannot be done again. */
  did(step: Step): void;
  /** Takes the top one off. */
  take(way: Way): Step | undefined;
  put(way: Way, step: Step): void;
  /** A step that is none: the studio did not take it. */
  forget(step: Step): void;
}

export function createHistory(): History {
  const stacks: Record<Way, Step[]> = { undo: [], redo: [] };
  const put = (way: Way, step: Step) => {
    stacks[way] = [...stacks[way], step].slice(-MOST);
  };
  return {
    label: (way) => stacks[way].at(-1)?.label ?? null,
    did(step) {
      put("undo", step);
      stacks.redo = [];
    },
    take: (way) => stacks[way].pop(),
    put,
    forget(step) {
      for (const way of ["undo", "redo"] as const) {
        stacks[way] = stacks[way].filter((each) => each !== step);
      }
    },
  };
}
