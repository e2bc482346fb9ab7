import type { BatchRequest, BatchResponse } from "../../shared/lfs/batch.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Querier } from "../db/mod.ts";
import type { LockPage, LockRow } from "./locks.ts";

/** Whose objects and locks they are, as the LFS and object rooms need to know it: a project's, or a studio's library's. */
export interface Owner {
  id: string;
  tenant_id: string;
  /** Absent: a project. */
  kind?: "library";
}

export interface Lfs {
  batch(
    project: Owner,
    request: BatchRequest,
    /**
     * `baseUrl` is `<gateway>/git/<tenant>/<project>.git/info/lfs`. The verify action carries a token of its own. `finished`: what
     * a lease made, which is kept whatever the studio's plan says.
     */
    access: { write: boolean; baseUrl: string; finished?: boolean },
  ): Promise<BatchResponse>;
  /** After an upload: the object is there with this size and checksum, or a ProblemError says what differs. */
  verify(project: Owner, pointer: Pointer): Promise<void>;
  /** Size of a verified object of this project; null when there is none. One that was asked for is kept for a while. */
  ready(q: Querier, projectId: string, oid: string): Promise<number | null>;
  locks: Locks;
  /** Sizes of the owner's verified objects among these, for whoever is about to refer to them: nobody clears them away meanwhile. */
  readyAmong(q: Querier, owner: Owner, oids: string[]): Promise<Map<string, number>>;
  /**
   * Gives `to` an object that `from` has, of the same tenant: copied within the store, once. ProblemError unprocessable when
   * `from` has none such.
   */
  share(from: Owner, to: Owner, oid: string): Promise<Pointer>;
  /** Stores bytes that the gateway itself has. */
  store(project: Owner, bytes: Uint8Array): Promise<Pointer>;
  /** Stores bytes of a known pointer as they come. ProblemError unprocessable, too_large when they are others. */
  keep(project: Owner, bytes: Uint8Array | ReadableStream<Uint8Array>, pointer: Pointer): Promise<void>;
  /** The same object in another project of the tenant; nothing when it is there. Its bytes are checked on the way. */
  copy(from: Owner, to: Owner, pointer: Pointer): Promise<void>;
  read(project: Owner, oid: string): Promise<ReadableStream<Uint8Array> | null>;
  /** A signed GET for browsers and agents. */
  url(
    project: Owner,
    oid: string,
    options?: { fileName?: string; contentType?: string; expiresS?: number },
  ): Promise<string>;
}

export interface Locks {
  /** Newest first. */
  list(owner: Owner, where?: { path?: string; id?: string }, page?: LockPage): Promise<LockRow[]>;
  /** The new lock, or the one in its way. ProblemError forbidden for what nobody can lock. */
  create(
    owner: Owner,
    lock: { path: string; ref: string | null; userId: string },
  ): Promise<{ lock: LockRow; made: boolean }>;
  /** Gives a lock up, or breaks another's, which the log keeps; who may has been looked at. False when it is gone already. */
  release(owner: Owner, lock: LockRow, user: UserPrincipal): Promise<boolean>;
  /** ProblemError locked, in words, when somebody else has one of these paths locked. `userId` null: nobody's own. */
  refuse(q: Querier, owner: Owner, paths: readonly string[], userId: string | null): Promise<void>;
}

export type { LockRow } from "./locks.ts";
export { createLfs } from "./lfs.ts";
export { lfsRoutes } from "./routes.ts";
export { lockedWords } from "./locks.ts";
export { unlockable } from "./unlockable.ts";
export { lockRoutes } from "./project_lock_routes.ts";
export { touchRows } from "./rows.ts";
export { keyOf, tablesOf } from "./tables.ts";
