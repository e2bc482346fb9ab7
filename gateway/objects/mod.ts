import type { Router } from "../studio.ts";

export interface Stored {
  /** Bytes. */
  size: number;
  /** SHA-256, hex; null when this store does not keep checksums (the LFS room then hashes once itself). */
  sha256: string | null;
}

/** An upload that was begun and is not an object yet. */
export interface Unfinished {
  key: string;
  /** The store's own name of it. */
  id: string;
  /** Bytes that have arrived. */
  size: number;
  begun: Date;
}

/** Uploads in parts, for what is too large for one PUT. */
export interface Parts {
  /** Gives the store's name of the new upload. */
  begin(key: string): Promise<string>;
  /** Bytes of the parts that have arrived, by number; null when the store does not know the upload (any more). */
  list(key: string, id: string): Promise<Map<number, number> | null>;
  /** A PUT that takes exactly these bytes as a part. */
  signedPart(
    key: string,
    id: string,
    part: { number: number; size: number; sha256: string },
    expiresS: number,
  ): Promise<{ href: string; header: Record<string, string> }>;
  /** The parts become the object. Nothing has looked at the checksum of the whole: that is for the caller. */
  complete(key: string, id: string): Promise<void>;
  abort(key: string, id: string): Promise<void>;
}

/** Where bytes lie: on disk, served by the gateway under signed URLs, or in an S3 bucket by presigned ones. */
export interface ObjectStore extends AsyncDisposable {
  kind: "disk" | "s3";
  /** Origins that browsers and agents must be able to reach, beside the gateway's own. */
  origins: string[];
  /** The store in which a studio's new objects are put: this one, or one of its own. */
  of(tenantId: string): Promise<ObjectStore>;
  /** Origins that a studio's people and agents must be able to reach: of every store that may have objects of it. */
  originsOf(tenantId: string): Promise<string[]>;
  head(key: string): Promise<Stored | null>;
  /** `end` is inclusive; `size` is what the stream carries. RangeError when the range begins behind the object's end. */
  get(
    key: string,
    range?: { start: number; end?: number },
  ): Promise<{ stream: ReadableStream<Uint8Array>; size: number } | null>;
  /** Refuses bytes whose SHA-256 or size differ. The key must end in the oid. */
  put(
    key: string,
    body: Uint8Array | ReadableStream<Uint8Array>,
    expected: { oid: string; size: number },
  ): Promise<void>;
  /** The same object under another key, within the store. False when there is none to copy. Both keys must end in its oid. */
  copy(from: string, to: string): Promise<boolean>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<{ key: string; size: number; modified: Date }>;
  /**
   * A PUT that stores exactly these bytes under the key and nothing else; the headers must be sent with it, and a
   * Content-Length (streams through `fetch` have none: S3 refuses them).
   */
  signedPut(
    key: string,
    expected: { oid: string; size: number },
    expiresS: number,
  ): Promise<{ href: string; header: Record<string, string> }>;
  signedGet(
    key: string,
    options: { expiresS: number; fileName?: string; contentType?: string },
  ): Promise<string>;
  /** Bytes that one PUT takes; null: any number. */
  largestPut: number | null;
  /** Null: one PUT takes anything. */
  parts: Parts | null;
  /** Uploads under a prefix that were begun and not ended; `drop` throws away what has arrived of one. */
  unfinished(prefix: string): AsyncIterable<Unfinished>;
  drop(upload: Unfinished): Promise<void>;
  /** Seconds that its signed URLs work at most, whatever was asked for; null: a week. */
  longestLinkS: number | null;
  /** Tries itself: stores, reads, and that wrong bytes are refused. What was found out, for the log. `folder`: where it may. */
  selfTest(folder?: string): Promise<{ checksumsEnforced: boolean; notes: string[] }>;
  /** The signed URLs of the disk store, mounted at /objects. */
  routes(): Router | null;
}

/** `tenants/<tenant>/projects/<project>/lfs/ab/cd/<oid>`: keys by oid alone leak across projects. */
export function lfsKey(tenantId: string, projectId: string, oid: string): string {
  return `tenants/${tenantId}/projects/${projectId}/lfs/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
}

/** `tenants/<tenant>/library/lfs/ab/cd/<oid>`: what a studio's library holds, once for each hash. */
export function libraryKey(tenantId: string, oid: string): string {
  return `tenants/${tenantId}/library/lfs/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
}

export { keysOf } from "./keys.ts";
export { cancelMove, type Moved, MoveError, moveStudio, type Progress, whileNobodyMoves } from "./move.ts";
export { openObjectStore, openStores, type Stores } from "./open.ts";
export { credentialsOf, Place, placeText, samePlace } from "./place.ts";
export { type StoreRow, storeRowsOf } from "./stores_table.ts";
export { holds, oidOf, transfer } from "./transfer.ts";
export { SESSION_POLICY_LIMIT, tenantPolicy } from "./tenant_policy.ts";
export { attachment } from "./disposition.ts";
export { isFull, outOfSpace, requireSpace } from "./space.ts";
