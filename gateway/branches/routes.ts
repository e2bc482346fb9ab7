import { Hono } from "hono";
import { z } from "zod";
import { Branch, CreateBranch, MergePlan, MergeRequest, UpdateBranch } from "../../shared/api/branches.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";

const tag = "branches";
const ListQuery = z.object({
  discarded: z.enum(["true", "false"]).default("false").transform((word) => word === "true"),
});
const response = { status: 200, schema: Branch };

/** Creative directions of a project. Mounted under /api; a name's slashes are sent as %2F. */
export function branchRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/projects/:p/branches",
    operation({
      summary: "Branches of a project: main, then the one that changed last",
      description: "With `discarded`: those that can be brought back.",
      tag,
      query: ListQuery,
      response: { status: 200, schema: z.object({ items: z.array(Branch) }) },
    }),
    async (c) => {
      const user = requireUser(c);
      const { branches, projects } = c.get("studio");
      const project = await projects.find(user.tenant_id, c.req.param("p"));
      return c.json({ items: await branches.list(project, parseQuery(c, ListQuery)) });
    },
  );

  app.post(
    "/projects/:p/branches",
    operation({
      summary: "Begin a branch from what another is now, or from a version in history",
      tag,
      may: "make",
      body: CreateBranch,
      response: { status: 201, schema: Branch },
    }),
    async (c) => {
      const user = requireUser(c);
      const { branches, projects } = c.get("studio");
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"));
      return c.json(await branches.create(project, await parseBody(c, CreateBranch), user), 201);
    },
  );

  app.get(
    "/projects/:p/branches/:branch",
    operation({ summary: "A branch, also a discarded one", tag, response }),
    async (c) => {
      const user = requireUser(c);
      const { branches, projects } = c.get("studio");
      const project = await projects.find(user.tenant_id, c.req.param("p"));
      return c.json(await branches.find(project, c.req.param("branch")));
    },
  );

  app.patch(
    "/projects/:p/branches/:branch",
    operation({
      summary: "Give a branch another title; its name stays",
      tag,
      may: "make",
      body: UpdateBranch,
      response,
    }),
    async (c) => {
      const user = requireUser(c);
      const { branches, projects } = c.get("studio");
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"));
      const { title } = await parseBody(c, UpdateBranch);
      return c.json(await branches.rename(project, c.req.param("branch"), title));
    },
  );

  app.delete(
    "/projects/:p/branches/:branch",
    operation({
      summary: "Discard a branch",
      description: "Nothing of it is lost: its commits are kept, and it can be brought back.",
      tag,
      may: "make",
      response,
    }),
    async (c) => {
      const user = requireUser(c);
      const { branches, projects } = c.get("studio");
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"));
      return c.json(await branches.discard(project, c.req.param("branch"), user));
    },
  );

  app.post(
    "/projects/:p/branches/:branch/restore",
    operation({ summary: "Bring back a branch that was discarded", tag, may: "make", response }),
    async (c) => {
      const user = requireUser(c);
      const { branches, projects } = c.get("studio");
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"));
      return c.json(await branches.restore(project, c.req.param("branch"), user));
    },
  );

  app.post(
    "/projects/:p/branches/:branch/merge",
    operation({
      summary: "Say what merging this branch into another would do, or with `apply` do it",
      description:
        "By meaning: nodes, wires, parameters, chosen takes, settings, files. Where both changed the same, " +
        "`choices` decide by the conflict's id; `mine` is the branch that is merged into. Without all of them, or when a " +
        "branch has moved on from the commits given, 409 and nothing is changed.",
      tag,
      body: MergeRequest,
      response: { status: 200, schema: MergePlan },
    }),
    async (c) => {
      requireUser(c);
      const body = await parseBody(c, MergeRequest);
      const user = requireUser(c, body.apply ? "make" : "view");
      const { branches, projects } = c.get("studio");
      const project = body.apply
        ? await projects.findForChange(user.tenant_id, c.req.param("p"))
        : await projects.find(user.tenant_id, c.req.param("p"));
      return c.json(await branches.merge(project, c.req.param("branch"), body, user));
    },
  );

  return app;
}
