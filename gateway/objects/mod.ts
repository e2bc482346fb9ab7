import type { Router } from "../studio.ts";

export interface Stored {
  /** Bytes. */
  size: number;
  /** SHA-256, hex; null when this store does not keep checksums (the LFS room then hashes once itself). */
  sha256: string | null;
}

/** Where bytes lie: on disk, served by the gateway under signed URLs, or in an S3 bucket by presigned ones. */
export interface ObjectStore extends AsyncDisposable {
  kind: "disk" | "s3";
  /** Origins that browsers and agents must be able to reach, beside the gateway's own. */
  origins: string[];
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
  /** Tries itself: stores, reads, and that wrong bytes are refused. What was found out, for the log. */
  selfTest(): Promise<{ checksumsEnforced: boolean; notes: string[] }>;
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

export { openObjectStore } from "./open.ts";
export { attachment } from "./disposition.ts";
