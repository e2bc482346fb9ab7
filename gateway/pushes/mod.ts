import type { ProjectRow } from "../projects/mod.ts";

/** Who pushes, as locks and history need to know them. */
export interface Pusher {
  user_id: string;
  name: string;
}

/** One push on its way through git http-backend. */
export interface Watched {
  /** What receive-pack and its hook need beside Git's own variables. */
  env: Record<string, string>;
  /** receive-pack has ended: notes whether the push landed. Call it before the client is told the end. */
  ended(): Promise<void>;
}

export interface Pushes extends AsyncDisposable {
  /** Every push runs under such a watch: its refs, files and project.json are looked at before any branch moves. */
  watch(project: ProjectRow, pusher: Pusher): Promise<Watched>;
  /** Merges what landed on a branch into its live canvas, in the order it came. Twice is harmless. */
  absorb(projectId: string, branch: string): Promise<void>;
  /** Branches of a project with pushes that landed and are not on the canvas yet. */
  branchesWaiting(projectId: string): Promise<string[]>;
  /**
   * A merge of the studio's own comes onto the canvas as a push does: remembered before the branch moves to `after`, which
   * `land` does (false: it is not to be). Whichever gateway dies in between, it is absorbed once the branch holds it, and else forgotten.
   */
  bring(
    project: ProjectRow,
    merge: { author: string; before: string; after: string },
    land: () => Promise<boolean>,
  ): Promise<boolean>;
  /** Projects with pushes that landed and are not on the canvas yet. */
  waiting(): Promise<string[]>;
}

export { readLocks } from "./files.ts";
export { tell } from "./notices.ts";
export { createPushes } from "./pushes.ts";
export { readManifest } from "./read_manifest.ts";
