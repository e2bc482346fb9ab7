import { Hono } from "hono";
import { z } from "zod";
import { BranchQuery, CompareQuery, Comparison } from "../../shared/api/branches.ts";
import { CreateMilestone, HistoryDetail, Milestone, RestoreHistory } from "../../shared/api/history.ts";
import { Canvas } from "../../shared/api/project.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { projectAsked, projectToChange } from "../projects/mod.ts";
import type { Env, Router } from "../studio.ts";
import { compareVersions } from "./comparison.ts";
import { findCommit } from "./commits.ts";
import { readDetail } from "./detail.ts";
import { listMilestones, markMilestone } from "./milestones.ts";
import { restore } from "./restore.ts";

/** A commit in words, going back to it, and milestones. Mounted under /api. */
export function versionRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/projects/:p/history/:commit",
    operation({
      summary: "What a commit changed, in words",
      description: "Against its first parent: nodes, wires, chosen takes before and after, files.",
      tag: "history",
      response: { status: 200, schema: HistoryDetail },
    }),
    async (c) => {
      const { studio, project } = await projectAsked(c);
      return c.json(await readDetail(studio, project, c.req.param("commit")));
    },
  );

  app.post(
    "/projects/:p/history/:commit/restore",
    operation({
      summary: "Bring back the canvas of a commit, or one node of it",
      description:
        "As a new change: nothing of what came after is lost. The takes that were chosen then are again.",
      tag: "history",
      may: "make",
      query: BranchQuery,
      body: RestoreHistory,
      response: { status: 200, schema: Canvas },
    }),
    async (c) => {
      const { studio, user, project } = await projectToChange(c, parseQuery(c, BranchQuery).branch);
      const { node_id } = await parseBody(c, RestoreHistory);
      return c.json(await restore(studio, project, c.req.param("commit"), { node_id, by: user.name }));
    },
  );

  app.get(
    "/projects/:p/compare",
    operation({
      summary: "Two branches or versions beside each other",
      description:
        "Nodes with where they are and their fields before and after, wires, settings, chosen takes, files.",
      tag: "history",
      query: CompareQuery,
      response: { status: 200, schema: Comparison },
    }),
    async (c) => {
      const { studio, project } = await projectAsked(c);
      return c.json(await compareVersions(studio, project, parseQuery(c, CompareQuery)));
    },
  );

  app.get(
    "/projects/:p/milestones",
    operation({
      summary: "List milestones, newest first",
      tag: "history",
      response: { status: 200, schema: z.object({ items: z.array(Milestone) }) },
    }),
    async (c) => {
      const { studio, project } = await projectAsked(c);
      return c.json({ items: await listMilestones(studio.git.path(project)) });
    },
  );

  app.post(
    "/projects/:p/milestones",
    operation({
      summary: "Mark a milestone",
      description: "An annotated Git tag. It neither moves nor goes away.",
      tag: "history",
      may: "make",
      query: BranchQuery,
      body: CreateMilestone,
      response: { status: 201, schema: Milestone },
    }),
    async (c) => {
      const { studio, user, project } = await projectToChange(c, parseQuery(c, BranchQuery).branch);
      const body = await parseBody(c, CreateMilestone);
      // What is on the canvas now belongs to it.
      if (body.commit === undefined) await studio.git.settle(project.id);
      const commit = body.commit ?? await studio.git.head(project);
      if (!commit) {
        throw new ProblemError("unavailable", "The project's repository is not there yet; try again.");
      }
      const gitDir = studio.git.path(project);
      await findCommit(gitDir, commit);
      return c.json(await markMilestone(gitDir, { ...body, commit }, user.name), 201);
    },
  );

  return app;
}
