import { Hono } from "hono";
import { FilesQuery, ProjectFiles } from "../../shared/api/files.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { filesOf } from "./files.ts";

/** Mounted under /api. */
export function fileRoutes(): Hono<Env> {
  const app = new Hono<Env>();
  app.get(
    "/projects/:p/files",
    operation({
      summary: "What main has under 01_Assets and 04_Project_Files, folder by folder",
      description: "Also what came by a push. The event `files` says that there is something new.",
      tag: "assets",
      query: FilesQuery,
      response: { status: 200, schema: ProjectFiles },
    }),
    async (c) => {
      const studio = c.get("studio");
      const project = await studio.projects.find(requireUser(c).tenant_id, c.req.param("p"));
      return c.json(await filesOf(studio, project, parseQuery(c, FilesQuery)));
    },
  );
  return app;
}
