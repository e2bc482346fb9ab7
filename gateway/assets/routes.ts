import { Hono } from "hono";
import { z } from "zod";
import { Asset, AssetFolder, FileAsset } from "../../shared/assets/asset.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery, readBody } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { LARGEST_THUMBNAIL, namedCard } from "./thumbnails.ts";

const AssetsQuery = PageQuery.extend({
  folder: AssetFolder.optional(),
  /** Part of a name. */
  search: z.string().trim().min(1).max(100).optional(),
});

/** Mounted under /api. */
export function assetRoutes(): Hono<Env> {
  const app = new Hono<Env>();
  app.get(
    "/projects/:p/assets",
    operation({
      summary: "The project's own media, newest first; masks only when asked for",
      tag: "assets",
      query: AssetsQuery,
      response: { status: 200, schema: page(Asset) },
    }),
    async (c) => {
      const { assets, projects } = c.get("studio");
      const project = await projects.find(requireUser(c).tenant_id, c.req.param("p"));
      const found = await assets.list(project.id, parseQuery(c, AssetsQuery));
      return c.json({ ...found, items: found.items.map(assets.view) });
    },
  );
  app.post(
    "/projects/:p/assets",
    operation({
      summary: "File an uploaded object under 01_Assets",
      description:
        "Upload it first through the project's LFS batch. `path`, `oid` and `size` of the answer are what a node keeps. " +
        "200 when the same bytes were filed before.",
      tag: "assets",
      may: "make",
      body: FileAsset,
      response: { status: 201, schema: Asset },
    }),
    async (c) => {
      const user = requireUser(c);
      const { assets, projects } = c.get("studio");
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"));
      const { asset, fresh } = await assets.file(
        project,
        await parseBody(c, FileAsset),
        user.name,
        user.user_id,
      );
      return c.json(assets.view(asset), fresh ? 201 : 200);
    },
  );
  app.get(
    "/projects/:p/assets/:asset/file",
    operation({
      summary: "The file, by the asset's id or by its content's oid",
      tag: "assets",
      response: { status: 302, description: "A signed URL, good for an hour" },
    }),
    async (c) => {
      const { assets, projects } = c.get("studio");
      const project = await projects.find(requireUser(c).tenant_id, c.req.param("p"));
      const href = await assets.url(project, c.req.param("asset"));
      c.header("cache-control", "private, max-age=600");
      return c.redirect(href, 302);
    },
  );
  app.get(
    "/projects/:p/assets/:asset/thumbnail",
    operation({
      summary: "The small picture of a large one; its name as a picture where nobody made one",
      tag: "assets",
      response: { status: 302, description: "A signed URL, good for an hour" },
    }),
    async (c) => {
      const { assets, projects } = c.get("studio");
      const project = await projects.find(requireUser(c).tenant_id, c.req.param("p"));
      const found = await assets.thumbnail(project, c.req.param("asset"));
      if ("name" in found) return c.body(namedCard(found.name), 200, { "content-type": "image/svg+xml" });
      c.header("cache-control", "private, max-age=600");
      return c.redirect(found.url, 302);
    },
  );
  app.put(
    "/projects/:p/assets/:asset/thumbnail",
    operation({
      summary: "Keep a small JPEG of a large picture, for lists and nodes",
      tag: "assets",
      may: "make",
      response: { status: 204, description: "Kept" },
    }),
    async (c) => {
      const { assets, projects } = c.get("studio");
      const project = await projects.findForChange(requireUser(c).tenant_id, c.req.param("p"));
      await assets.keepThumbnail(project, c.req.param("asset"), await readBody(c, LARGEST_THUMBNAIL));
      return c.body(null, 204);
    },
  );
  return app;
}
