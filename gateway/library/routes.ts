import type { Context } from "hono";
import { Hono } from "hono";
import {
  ItemsQuery,
  Library,
  LibraryItem,
  LibraryItemDetail,
  LibraryVersionDetail,
  PublishItem,
  PublishVersion,
  UpdateItem,
  UsedItem,
  UseItem,
} from "../../shared/api/library.ts";
import { isId } from "../../shared/ids.ts";
import { page } from "../../shared/http/list.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { attachment } from "../objects/mod.ts";
import type { Env } from "../studio.ts";

const tag = "library";
const at = "/library/items/:item";

/** Mounted under /api. The library is that of the studio of whoever asks; another's items do not exist. */
export function libraryRoutes(): Hono<Env> {
  const app = new Hono<Env>();

  app.get(
    "/library",
    operation({
      summary: "The studio's library: folders, tags, where to clone it",
      tag,
      response: { status: 200, schema: Library },
    }),
    async (c) => c.json(await c.get("studio").library.view(await libraryOf(c))),
  );

  app.get(
    "/library/items",
    operation({
      summary: "Items, newest first; by folder, by a part of their titles and tags, by a tag",
      tag,
      query: ItemsQuery,
      response: { status: 200, schema: page(LibraryItem) },
    }),
    async (c) => {
      const { ids, retired, ...query } = parseQuery(c, ItemsQuery);
      const list = ids?.split(",").filter(isId);
      const found = await c.get("studio").library.list(await libraryOf(c), {
        ...query,
        ids: list,
        retired: retired === "true",
      });
      return c.json(found);
    },
  );

  app.post(
    "/library/items",
    operation({
      summary: "Publish a node, a group or a file of a project as a new item",
      description:
        "`node_id`: an asset with its pictures, another node with its settings, a group as a template. `oid`: a file.",
      tag,
      may: "make",
      body: PublishItem,
      response: { status: 201, schema: LibraryItemDetail },
    }),
    async (c) => {
      const user = requireUser(c);
      const { library } = c.get("studio");
      const made = await library.publish(await library.of(user), await parseBody(c, PublishItem), user);
      return c.json(made, 201, { location: `/api/library/items/${made.id}` });
    },
  );

  app.get(
    at,
    operation({
      summary: "An item with its versions, newest first",
      tag,
      response: { status: 200, schema: LibraryItemDetail },
    }),
    async (c) => c.json(await c.get("studio").library.item(await libraryOf(c), c.req.param("item"))),
  );

  app.patch(
    at,
    operation({
      summary: "Change an item's title, description or tags, or retire it",
      description: "Makes no new version. What is retired is no longer offered; nothing is removed.",
      tag,
      may: "make",
      body: UpdateItem,
      response: { status: 200, schema: LibraryItemDetail },
    }),
    async (c) => {
      const user = requireUser(c);
      const { library } = c.get("studio");
      const own = await library.of(user);
      return c.json(await library.update(own, c.req.param("item"), await parseBody(c, UpdateItem), user));
    },
  );

  app.post(
    `${at}/versions`,
    operation({
      summary: "Publish the next version of an item",
      tag,
      may: "make",
      body: PublishVersion,
      response: { status: 201, schema: LibraryItemDetail },
    }),
    async (c) => {
      const user = requireUser(c);
      const { library } = c.get("studio");
      const own = await library.of(user);
      const body = await parseBody(c, PublishVersion);
      return c.json(await library.publishVersion(own, c.req.param("item"), body, user), 201);
    },
  );

  app.get(
    `${at}/versions/:v`,
    operation({
      summary: "What a version holds: its nodes and wires, its files",
      tag,
      response: { status: 200, schema: LibraryVersionDetail },
    }),
    async (c) => {
      const { item, v } = c.req.param();
      return c.json(await c.get("studio").library.version(await libraryOf(c), item!, v!));
    },
  );

  app.post(
    `${at}/versions/:v/use`,
    operation({
      summary: "Bring a version's files into a project, and say what to put on its canvas",
      description:
        "Objects are copied within the store. The nodes are yours to add, with `library` saying what they were made from.",
      tag,
      may: "make",
      body: UseItem,
      response: { status: 200, schema: UsedItem },
    }),
    async (c) => {
      const user = requireUser(c);
      const { library, projects } = c.get("studio");
      const { item, v } = c.req.param();
      const own = await library.of(user);
      await library.version(own, item!, v!);
      const { project_id } = await parseBody(c, UseItem);
      const project = await projects.findForChange(user.tenant_id, project_id);
      return c.json(await library.use(own, item!, v!, project, user));
    },
  );

  app.get(
    `${at}/versions/:v/files/:name`,
    operation({
      summary: "A file of a version",
      tag,
      response: { status: 302, description: "A signed URL, good for an hour" },
    }),
    async (c) => {
      const { item, v, name } = c.req.param();
      const href = await c.get("studio").library.fileUrl(await libraryOf(c), item!, v!, name!);
      c.header("cache-control", "private, max-age=600");
      return c.redirect(href, 302);
    },
  );

  app.get(
    `${at}/versions/:v/download`,
    operation({
      summary: "A version with its files as a zip",
      tag,
      response: { status: 200, contentType: "application/zip", description: "The zip, streamed" },
    }),
    async (c) => {
      const { item, v } = c.req.param();
      const { name, body } = await c.get("studio").library.download(await libraryOf(c), item!, v!);
      return c.body(body, 200, {
        "content-type": "application/zip",
        "content-disposition": attachment(name),
        "cache-control": "no-store",
      });
    },
  );

  return app;
}

async function libraryOf(c: Context<Env>) {
  return await c.get("studio").library.of(requireUser(c));
}
