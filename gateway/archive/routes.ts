import { Hono } from "hono";
import { z } from "zod";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { archive } from "./archive.ts";

const ArchiveQuery = z.object({
  /** Media as themselves, or as the pointers that Git holds. */
  media: z.enum(["all", "pointers"]).default("pointers"),
});

/** Mounted under /api. */
export function archiveRoutes(): Router {
  const app = new Hono<Env>();
  app.get(
    "/projects/:p/archive",
    operation({
      summary: "Download a project as a zip",
      description: "The tree of main under a folder of the project's name, streamed; up to 4 GB.",
      tag: "projects",
      query: ArchiveQuery,
      response: { status: 200, contentType: "application/zip", description: "The archive" },
    }),
    async (c) => {
      const user = requireUser(c);
      const studio = c.get("studio");
      const project = await studio.projects.find(user.tenant_id, c.req.param("p"));
      const { media } = parseQuery(c, ArchiveQuery);
      const name = media === "all" ? project.slug : `${project.slug}-without-media`;
      return c.body(await archive(studio, project, media), 200, {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="${name}.zip"`,
        "cache-control": "no-store",
      });
    },
  );
  return app;
}
