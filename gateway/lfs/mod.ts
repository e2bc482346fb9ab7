import type { BatchRequest, BatchResponse } from "../../shared/lfs/batch.ts";
import type { Pointer } from "../../shared/lfs/pointer.ts";
import type { Querier } from "../db/mod.ts";

/** The project as the LFS and object rooms need it. */
export interface Owner {
  id: string;
  tenant_id: string;
}

export interface Lfs {
  batch(
    project: Owner,
    request: BatchRequest,
    /** `baseUrl` is `<gateway>/git/<tenant>/<project>.git/info/lfs`. The verify action carries a token of its own. */
    access: { write: boolean; baseUrl: string },
  ): Promise<BatchResponse>;
  /** After an upload: the object is there with this size and checksum, or a ProblemError says what differs. */
  verify(project: Owner, pointer: Pointer): Promise<void>;
  /** Size of a verified object of this project; null when there is none. One that was asked for is kept for a while. */
  ready(q: Querier, projectId: string, oid: string): Promise<number | null>;
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

export { createLfs } from "./lfs.ts";
export { lfsRoutes } from "./routes.ts";
export { touchRows } from "./rows.ts";
