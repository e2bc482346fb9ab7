import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { PublishItem, UpdateItem } from "../../shared/api/library.ts";
import { fileStem } from "../../shared/assets/file_name.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { writePointer } from "../../shared/lfs/pointer.ts";
import { contentFaults, type ItemContent, ItemManifest, writeItem } from "../../shared/library/item.ts";
import { writeAudit } from "../audit/mod.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { BranchMoved, type Change, listTree } from "../git/mod.ts";
import type { Studio } from "../studio.ts";
import { collect, type Source } from "./collect.ts";
import type { LibraryRow } from "./mod.ts";
import { readLibrary } from "./read.ts";
import { parseItem } from "./read_items.ts";
import * as store from "./store.ts";

/** Pushes that may come between looking and committing before a person is asked to try again. */
const MOST_TRIES = 20;

interface Planned {
  message: string;
  changes: Change[];
}

/** A new item: its folder, item.json, pointers. Its id. */
export async function publishItem(
  studio: Studio,
  library: LibraryRow,
  body: z.infer<typeof PublishItem>,
  user: UserPrincipal,
): Promise<string> {
  const content = sound(await collect(studio, library, body, { user, itemId: null }));
  const id = uuidv7();
  const item: ItemManifest = {
    schema: 1,
    id,
    title: body.title,
    description: body.description,
    tags: tidyTags(body.tags),
    retired: false,
    version: 1,
    note: body.note,
    published_by: user.name,
    published_at: new Date().toISOString(),
    content,
  };
  await write(studio, library, user, async (head) => {
    const path = await freeFolder(studio, library, head, body.folder, body.title);
    return {
      message: `Publish ${item.title}`,
      changes: [
        { path: `${path}/item.json`, content: writeItem(item) },
        ...content.files.map((file) => ({ path: `${path}/${file.name}`, content: writePointer(file) })),
      ],
    };
  });
  await writeAudit(studio.db.sql, {
    tenantId: user.tenant_id,
    who: user,
    what: "item_published",
    subject: { id, name: item.title },
    detail: { version: 1 },
  });
  return id;
}

/** The next version of an item. ProblemError unprocessable when it would say what the last one says. */
export async function publishNext(
  studio: Studio,
  library: LibraryRow,
  id: string,
  body: Source & { note: string },
  user: UserPrincipal,
): Promise<void> {
  await requireItem(studio, library, id);
  const content = sound(await collect(studio, library, body, { user, itemId: id }));
  let [title, version] = ["", 0];
  await write(studio, library, user, async () => {
    const { item, path } = await itemNow(studio, library, id);
    if (isDeepStrictEqual(withoutPlaces(item.content), withoutPlaces(content))) {
      throw new ProblemError(
        "unprocessable",
        `Version ${item.version} of ${item.title} is the same; there is nothing new to publish.`,
      );
    }
    const kept = new Set(content.files.map((file) => file.name));
    const next: ItemManifest = {
      ...item,
      retired: false,
      version: item.version + 1,
      note: body.note,
      published_by: user.name,
      published_at: new Date().toISOString(),
      content,
    };
    [title, version] = [next.title, next.version];
    return {
      message: `Publish ${next.title}, version ${next.version}${body.note ? `\n\n${body.note}` : ""}`,
      changes: [
        { path: `${path}/item.json`, content: writeItem(next) },
        ...item.content.files.filter((file) => !kept.has(file.name)).map((file) => ({
          path: `${path}/${file.name}`,
          content: null,
        })),
        ...content.files.map((file) => ({ path: `${path}/${file.name}`, content: writePointer(file) })),
      ],
    };
  });
  await writeAudit(studio.db.sql, {
    tenantId: user.tenant_id,
    who: user,
    what: "item_published",
    subject: { id, name: title },
    detail: { version },
  });
}

/** Title, tags, description, or whether it is offered: no new version. */
export async function updateItem(
  studio: Studio,
  library: LibraryRow,
  id: string,
  body: UpdateItem,
  user: UserPrincipal,
): Promise<void> {
  let [title, retires] = ["", false];
  await write(studio, library, user, async () => {
    const { item, path } = await itemNow(studio, library, id);
    const next: ItemManifest = {
      ...item,
      title: body.title ?? item.title,
      description: body.description ?? item.description,
      tags: body.tags ? tidyTags(body.tags) : item.tags,
      retired: body.retired ?? item.retired,
    };
    [title, retires] = [next.title, next.retired && !item.retired];
    const message = retires
      ? `Retire ${title}`
      : item.retired && !next.retired
      ? `Offer ${title} again`
      : `Describe ${title}`;
    return { message, changes: [{ path: `${path}/item.json`, content: writeItem(next) }] };
  });
  if (!retires) return;
  await writeAudit(studio.db.sql, {
    tenantId: user.tenant_id,
    who: user,
    what: "item_retired",
    subject: { id, name: title },
  });
}

/**
 * One commit on top of what the tables show; made anew when a push came in between. What somebody else has locked in the library is
 * not written.
 */
async function write(
  studio: Studio,
  library: LibraryRow,
  user: UserPrincipal,
  plan: (head: string) => Promise<Planned>,
): Promise<void> {
  for (let tries = 1;; tries++) {
    const onto = await readLibrary(studio, library);
    const { message, changes } = await plan(onto);
    await studio.lfs.locks.refuse(studio.db.sql, library, changes.map((each) => each.path), user.user_id);
    try {
      await studio.git.commit(library, { message, changes, author: user.name, onto });
      break;
    } catch (error) {
      if (!(error instanceof BranchMoved)) throw error;
      if (tries === MOST_TRIES) {
        throw new ProblemError("unavailable", "The library is being changed all the time; try again.");
      }
    }
  }
  await readLibrary(studio, library);
}

/** item.json as main has it: the tables were read from that. */
async function itemNow(
  studio: Studio,
  library: LibraryRow,
  id: string,
): Promise<{ item: ItemManifest; path: string }> {
  const { path } = await requireItem(studio, library, id);
  const bytes = await studio.git.readFile(library, `${path}/item.json`);
  const read = bytes && parseItem(bytes);
  if (!read || !("item" in read)) throw new Error(`${path}/item.json of a library is none`);
  return { item: read.item, path };
}

export async function requireItem(
  studio: Studio,
  library: LibraryRow,
  id: string,
): Promise<store.ShownItem> {
  const row = await store.findItem(studio.db.sql, library, id);
  if (!row) throw new ProblemError("not_found", "There is no such item in the studio's library.");
  return row;
}

/** `Characters/Keeper`, or `Characters/Keeper-2` when that is taken, by an item or by anything that was pushed. */
async function freeFolder(
  studio: Studio,
  library: LibraryRow,
  head: string,
  folder: string,
  title: string,
): Promise<string> {
  const tree = await listTree(studio.git.path(library), head);
  const taken = new Set(
    tree.map((file) => file.path.split("/").slice(0, 2).join("/").toLowerCase()),
  );
  const stem = fileStem(`${title}.item`);
  for (let number = 1;; number++) {
    const path = `${folder}/${stem}${number === 1 ? "" : `-${number}`}`;
    if (!taken.has(path.toLowerCase())) return path;
  }
}

function sound(content: ItemContent): ItemContent {
  const parsed = ItemManifest.shape.content.parse(content);
  const [fault] = contentFaults(parsed);
  if (fault !== undefined) throw new ProblemError("unprocessable", `This cannot be published: ${fault}`);
  return parsed;
}

/** Where its nodes lie is no news to those who use it. */
function withoutPlaces(content: ItemContent): unknown {
  const nodes = content.graph.nodes.map(({ position: _, size: __, ...node }) => node);
  return { ...content, graph: { nodes, edges: content.graph.edges } };
}

function tidyTags(tags: readonly string[]): string[] {
  // The first spelling of a word counts.
  const tidy = new Map<string, string>();
  for (const tag of tags.map((each) => each.trim().replace(/\s+/g, " "))) {
    if (tag && !tidy.has(tag.toLowerCase())) tidy.set(tag.toLowerCase(), tag);
  }
  return [...tidy.values()];
}
