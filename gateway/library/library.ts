import type { LibraryFolder } from "../../shared/library/item.ts";
import { LIBRARY_FOLDERS } from "../../shared/library/item.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { isId } from "../../shared/ids.ts";
import { contentTypeOf } from "../../shared/media/format.ts";
import { publicUrlOf } from "../config.ts";
import { repositoryExists } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import { downloadVersion } from "./download.ts";
import { LIBRARY_SLUG, type LibraryRoom, type LibraryRow } from "./mod.ts";
import { libraryPushFaults } from "./push_faults.ts";
import { readLibrary } from "./read.ts";
import { libraryScaffold } from "./scaffold.ts";
import * as store from "./store.ts";
import { useVersion } from "./use.ts";
import { viewDetail, viewItem, viewVersionDetail } from "./view.ts";
import { publishItem, publishNext, requireItem, updateItem } from "./write.ts";

/** Milliseconds in which a library is not looked at again for what a gateway that died did not note. */
const LOOK_AGAIN_MS = 5_000;

export function createLibrary(studio: Studio): LibraryRoom {
  const looked = new Map<string, number>();

  /** The row and the repository; one that was read before is not made anew: then the volume is missing. */
  async function open(tenantId: string): Promise<LibraryRow> {
    const { sql } = studio.db;
    let library = await store.libraryOf(sql, { id: tenantId });
    if (!library) {
      await store.insertLibrary(sql, tenantId);
      library = (await store.libraryOf(sql, { id: tenantId }))!;
    }
    if (await repositoryExists(studio.git.path(library))) return library;
    if (await store.readSha(sql, library.id)) {
      throw new ProblemError(
        "unavailable",
        "The repository of the studio's library is missing; mount the volume of the repositories or restore it.",
      );
    }
    await studio.git.begin(library, { message: "Begin the library", changes: libraryScaffold() });
    return library;
  }

  /** Reads what is not read yet, but not with every look. */
  async function lookedAt(library: LibraryRow): Promise<void> {
    if (Date.now() - (looked.get(library.id) ?? 0) < LOOK_AGAIN_MS) return;
    await readLibrary(studio, library);
    looked.set(library.id, Date.now());
  }

  async function find(library: LibraryRow, id: string): Promise<store.ShownItem> {
    if (!isId(id)) throw new ProblemError("not_found", "There is no such item in the studio's library.");
    return await requireItem(studio, library, id);
  }

  async function findVersion(library: LibraryRow, id: string, version: string): Promise<store.VersionRow> {
    const item = await find(library, id);
    const row = /^\d{1,7}$/.test(version)
      ? await store.findVersion(studio.db.sql, library, id, Number(version))
      : null;
    if (!row) throw new ProblemError("not_found", `There is no version ${version} of ${item.title}.`);
    return row;
  }

  async function detail(library: LibraryRow, id: string) {
    return viewDetail(await find(library, id), await store.versionsOf(studio.db.sql, library, id));
  }

  const room: LibraryRoom = {
    of: ({ tenant_id }) => open(tenant_id),

    async bySlug(tenantSlug, slug, asking) {
      if (slug !== LIBRARY_SLUG) return null;
      const tenantId = await store.tenantIdOf(studio.db.sql, tenantSlug);
      if (tenantId === null) return null;
      return tenantId === asking
        ? await open(tenantId)
        : await store.libraryOf(studio.db.sql, { id: tenantId });
    },

    async view(library) {
      await lookedAt(library);
      const counts = new Map<LibraryFolder, number>(
        (await store.folderCounts(studio.db.sql, library)).map(({ folder, items }) => [folder, items]),
      );
      return {
        git_url: `${publicUrlOf(studio.config)}/git/${library.tenant_slug}/${library.slug}.git`,
        folders: LIBRARY_FOLDERS.map((folder) => ({ folder, items: counts.get(folder) ?? 0 })),
        tags: await store.tagCounts(studio.db.sql, library),
      };
    },

    async list(library, page) {
      if (page.cursor !== undefined && !isId(page.cursor)) {
        throw new ProblemError(
          "invalid_request",
          "The cursor is not one that this list gave; start without.",
        );
      }
      await lookedAt(library);
      const rows = await store.listItems(studio.db.sql, library, { ...page, limit: page.limit + 1 });
      const items = rows.slice(0, page.limit);
      const shown = items.map(viewItem);
      return rows.length > page.limit ? { items: shown, next: items.at(-1)!.id } : { items: shown };
    },

    item: detail,

    async version(library, id, version) {
      return viewVersionDetail(await findVersion(library, id, version));
    },

    async publish(library, body, user) {
      return await detail(library, await publishItem(studio, library, body, user));
    },

    async publishVersion(library, id, body, user) {
      await find(library, id);
      await publishNext(studio, library, id, body, user);
      return await detail(library, id);
    },

    async update(library, id, body, user) {
      await find(library, id);
      await updateItem(studio, library, id, body, user);
      return await detail(library, id);
    },

    async use(library, id, version, project, user) {
      const row = await findVersion(library, id, version);
      return await useVersion(studio, library, { item: await find(library, id), row }, { project, user });
    },

    async fileUrl(library, id, version, name) {
      const row = await findVersion(library, id, version);
      const file = row.content.files.find((each) => each.name === name);
      if (!file) throw new ProblemError("not_found", "That version has no such file.");
      return await studio.lfs.url(library, file.oid, {
        fileName: file.name,
        contentType: contentTypeOf(file.format),
      });
    },

    async download(library, id, version) {
      const row = await findVersion(library, id, version);
      return await downloadVersion(studio, library, (await find(library, id)).title, row);
    },

    pushFaults: libraryPushFaults,

    async read(library) {
      await readLibrary(studio, library);
    },
  };
  return room;
}
