import { Hono } from "hono";
import { z } from "zod";
import { BranchQuery } from "../../shared/api/branches.ts";
import { CreateProject, DuplicateProject, Project, UpdateProject } from "../../shared/api/project.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { stricter } from "../../shared/jobs/trust.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { may } from "../../shared/roles.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";

const ListQuery = PageQuery.extend({
  archived: z.enum(["true", "false"]).default("false").transform((word) => word === "true"),
});

export function projectRoutes(): Router {
  const app = new Hono<Env>();

  app.post(
    "/projects",
    operation({
      summary: "Make a project",
      description:
        "The row, its empty canvas and its Git repository with the folders of a production, in one step.",
      tag: "projects",
      may: "make",
      body: CreateProject,
      response: { status: 201, schema: Project },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects } = c.get("studio");
      const project = await projects.create(user, await parseBody(c, CreateProject));
      return c.json((await projects.view([project]))[0], 201, { location: `/api/projects/${project.id}` });
    },
  );

  app.post(
    "/projects/:p/duplicates",
    operation({
      summary: "Make another project of a project's settings, canvas and media",
      description: "Takes, renders and history stay where they were made.",
      tag: "projects",
      may: "make",
      body: DuplicateProject,
      response: { status: 201, schema: Project },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects } = c.get("studio");
      const from = await projects.find(user.tenant_id, c.req.param("p"));
      const { title } = await parseBody(c, DuplicateProject);
      const project = await projects.duplicate(user, from, title);
      return c.json((await projects.view([project]))[0], 201, { location: `/api/projects/${project.id}` });
    },
  );

  app.get(
    "/projects",
    operation({
      summary: "List projects, newest first",
      tag: "projects",
      query: ListQuery,
      response: { status: 200, schema: page(Project) },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects } = c.get("studio");
      const found = await projects.list(user.tenant_id, parseQuery(c, ListQuery));
      return c.json({ items: await projects.view(found.items), next: found.next });
    },
  );

  app.get(
    "/projects/:p",
    operation({
      summary: "Read a project",
      tag: "projects",
      query: BranchQuery,
      response: { status: 200, schema: Project },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.find(user.tenant_id, c.req.param("p"), branch);
      return c.json((await projects.view([project]))[0]);
    },
  );

  app.patch(
    "/projects/:p",
    operation({
      summary: "Change a project's title, quality, fallback, pools or where its work may run, or archive it",
      description: "Title, description and quality of the branch; the rest of the whole project.",
      tag: "projects",
      may: "make",
      query: BranchQuery,
      body: UpdateProject,
      response: { status: 200, schema: Project },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const body = await parseBody(c, UpdateProject);
      // An archived project takes one change: out of the archive.
      const project = body.archived === false
        ? await projects.find(user.tenant_id, c.req.param("p"), branch)
        : await projects.findForChange(user.tenant_id, c.req.param("p"), branch);
      if (body.trust && !may(user, "fleet") && stricter(body.trust, project.trust) !== body.trust) {
        throw new ProblemError(
          "forbidden",
          "Only an owner lets a project's work run on more machines; ask one, or choose fewer.",
        );
      }
      if (
        body.min_reputation !== undefined && !may(user, "fleet") &&
        body.min_reputation < project.min_reputation
      ) {
        throw new ProblemError(
          "forbidden",
          "Only an owner lets machines of a lower reputation have a project's work; ask one.",
        );
      }
      const changed = await projects.update(project, body, user.name, user.user_id);
      return c.json((await projects.view([changed]))[0]);
    },
  );

  return app;
}
