import type { LibraryRow } from "../library/mod.ts";
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
  watch(project: ProjectRow | LibraryRow, pusher: Pusher): Promise<Watched>;
  /** Merges what landed into the live canvas, in the order it came. Twice is harmless. */
  absorb(projectId: string): Promise<void>;
  /** Projects with pushes that landed and are not on the canvas yet. */
  waiting(): Promise<string[]>;
}

export { createPushes } from "./pushes.ts";
export { readManifest } from "./read_manifest.ts";
