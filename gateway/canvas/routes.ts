import { Hono } from "hono";
import { BranchQuery } from "../../shared/api/branches.ts";
import { Canvas, PatchCanvas, PutCanvas } from "../../shared/api/project.ts";
import { StudioWord } from "../../shared/canvas/live/words.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { openLiveCanvas } from "./live/open.ts";

/** Bytes: a canvas of thousands of nodes with long prompts. */
const CANVAS_LIMIT = 8 * 1024 * 1024;

export function canvasRoutes(): Router {
  const app = new Hono<Env>();
  const response = { status: 200, schema: Canvas };

  app.get(
    "/projects/:p/canvas",
    operation({ summary: "Read the canvas", tag: "canvas", query: BranchQuery, response }),
    async (c) => {
      const user = requireUser(c);
      const { canvas, db, projects } = c.get("studio");
      const project = await projects.find(
        user.tenant_id,
        c.req.param("p"),
        parseQuery(c, BranchQuery).branch,
      );
      return c.json(await canvas.read(db.sql, project.id, project.branch));
    },
  );

  app.put(
    "/projects/:p/canvas",
    operation({
      summary: "Replace the whole canvas",
      description: "With `version`: only if the canvas is still at it, else 409.",
      tag: "canvas",
      may: "make",
      query: BranchQuery,
      body: PutCanvas,
      response,
    }),
    async (c) => {
      const user = requireUser(c);
      const { canvas, projects } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"), branch);
      const { graph, version } = await parseBody(c, PutCanvas, { limit: CANVAS_LIMIT });
      return c.json(await canvas.put(project, graph, { version, by: user.name, userId: user.user_id }));
    },
  );

  app.patch(
    "/projects/:p/canvas",
    operation({
      summary: "Change the canvas step by step",
      description: "All operations are taken in order, or none; the first that cannot be is named.",
      tag: "canvas",
      may: "make",
      query: BranchQuery,
      body: PatchCanvas,
      response,
    }),
    async (c) => {
      const user = requireUser(c);
      const { canvas, projects } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"), branch);
      const { operations, version } = await parseBody(c, PatchCanvas, { limit: CANVAS_LIMIT });
      return c.json(
        await canvas.patch(project, operations, { version, by: user.name, userId: user.user_id }),
      );
    },
  );

  app.get(
    "/projects/:p/canvas/live",
    operation({
      summary: "WebSocket: the canvas as a live document",
      description:
        "A Yjs document and who is there; see `shared/canvas/live/words.ts`. Signed in by session cookie or " +
        "`Authorization`; viewers may look.",
      tag: "canvas",
      query: BranchQuery,
      response: { status: 101, schema: StudioWord },
    }),
    async (c) => {
      const user = requireUser(c);
      const { branch } = parseQuery(c, BranchQuery);
      const project = await c.get("studio").projects.find(user.tenant_id, c.req.param("p"), branch);
      return await openLiveCanvas(c, project, user);
    },
  );

  return app;
}
