import type { z } from "zod";
import type {
  Library as LibraryView,
  LibraryItem,
  LibraryItemDetail,
  LibraryVersionDetail,
  PublishItem,
  PublishVersion,
  UpdateItem,
  UsedItem,
} from "../../shared/api/library.ts";
import type { LibraryFolder } from "../../shared/library/item.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Owner } from "../lfs/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { PushedLibrary } from "./push_faults.ts";

/** A studio's library, as Git and LFS serve it: at `/git/<studio>/Library.git`, a name that no project can have. */
export interface LibraryRow extends Owner {
  kind: "library";
  tenant_slug: string;
  slug: typeof LIBRARY_SLUG;
  title: string;
  /** It never is; so that it can be asked what a project is asked. */
  archived_at: null;
}
export const LIBRARY_SLUG = "Library";

export interface ItemPage {
  cursor?: string | undefined;
  limit: number;
  folder?: LibraryFolder | undefined;
  search?: string | undefined;
  tag?: string | undefined;
  ids?: string[] | undefined;
  retired: boolean;
}

export interface LibraryRoom {
  /** A studio's library; made, with its repository, when it is asked for the first time. */
  of(tenant: { tenant_id: string; tenant_slug: string }): Promise<LibraryRow>;
  /**
   * Null for every slug but its own, and when there is no such studio. It is made for who belongs to that studio (`asking`: a tenant's
   * id); whoever else asks makes nothing.
   */
  bySlug(tenantSlug: string, slug: string, asking: string | null): Promise<LibraryRow | null>;
  view(library: LibraryRow): Promise<LibraryView>;
  list(library: LibraryRow, page: ItemPage): Promise<{ items: LibraryItem[]; next?: string }>;
  item(library: LibraryRow, id: string): Promise<LibraryItemDetail>;
  version(library: LibraryRow, id: string, version: string): Promise<LibraryVersionDetail>;
  publish(
    library: LibraryRow,
    body: z.infer<typeof PublishItem>,
    user: UserPrincipal,
  ): Promise<LibraryItemDetail>;
  /** The next version of an item that is there. */
  publishVersion(
    library: LibraryRow,
    id: string,
    body: z.infer<typeof PublishVersion>,
    user: UserPrincipal,
  ): Promise<LibraryItemDetail>;
  update(library: LibraryRow, id: string, body: UpdateItem, user: UserPrincipal): Promise<LibraryItemDetail>;
  use(
    library: LibraryRow,
    id: string,
    version: string,
    project: ProjectRow,
    user: UserPrincipal,
  ): Promise<UsedItem>;
  /** Signed URL of a version's file. */
  fileUrl(library: LibraryRow, id: string, version: string, name: string): Promise<string>;
  /** A version with its files as a zip, streamed. */
  download(
    library: LibraryRow,
    id: string,
    version: string,
  ): Promise<{ name: string; body: ReadableStream<Uint8Array> }>;
  /** What stands against a push to it, a sentence each. */
  pushFaults(pushed: PushedLibrary): Promise<string[]>;
  /** Takes in what main has become; after a push. */
  read(library: LibraryRow): Promise<void>;
}

export { createLibrary } from "./library.ts";
export { libraryRoutes } from "./routes.ts";
