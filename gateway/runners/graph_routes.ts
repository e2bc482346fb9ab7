import { Hono } from "hono";
import { AddedRunner, FromGraph, Marks, MarksBody } from "../../shared/api/runners.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { notApiFormat } from "../../shared/runners/check.ts";
import { draftRunner, marksOf, modelsOf, saverOf } from "../../shared/runners/draft.ts";
import { Workflow } from "../../shared/runners/manifest.ts";
import { writePack } from "../../shared/runners/pack.ts";
import { risksOfGraph } from "../../shared/runners/risks.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { viewAdded } from "./view.ts";

/** A graph that somebody built in ComfyUI becomes a runner of the studio: its inputs are marked, nobody writes code. */
export function graphRoutes(): Router {
  const app = new Hono<Env>();

  app.post(
    "/runners/marks",
    operation({
      summary: "See what of a ComfyUI graph could be inputs",
      description: "The graph as ComfyUI saves it with Workflow, Export (API).",
      tag: "runners",
      body: MarksBody,
      response: { status: 200, schema: Marks },
    }),
    async (c) => {
      requireUser(c, "owner");
      const { graph: given, serves } = await parseBody(c, MarksBody);
      const graph = graphFrom(given);
      return c.json({
        marks: marksOf(graph, serves),
        models: modelsOf(graph).map(({ folder, file }) => ({ folder, file })),
        output: saverOf(graph)?.output ?? null,
        risks: risksOfGraph(graph).map(({ sentence }) => sentence),
      });
    },
  );

  app.post(
    "/runners/from-graph",
    operation({
      summary: "Make a runner of a ComfyUI graph and add it",
      tag: "runners",
      body: FromGraph,
      response: { status: 201, schema: AddedRunner },
    }),
    async (c) => {
      const user = requireUser(c, "owner");
      const { inputs, licence, commercial, ...body } = await parseBody(c, FromGraph);
      const known = new Map(
        marksOf(body.graph, body.serves).map((mark) => [`${mark.node} ${mark.input}`, mark]),
      );
      const files = draftRunner({
        ...body,
        licence,
        commercial,
        inputs: inputs.map((each) => {
          const mark = known.get(`${each.node} ${each.input}`);
          if (mark) {
            return {
              ...mark,
              name: each.name,
              ...(each.title ? { title: each.title } : { title: undefined }),
            };
          }
          throw unprocessable(
            `The graph's node "${each.node}" has no value "${each.input}" that could be an input.`,
          );
        }),
      });
      if (typeof files === "string") throw unprocessable(files);
      const row = await c.get("studio").runners.add(user.tenant_id, writePack(files), user.name);
      return c.json(viewAdded(row), 201);
    },
  );

  return app;
}

function graphFrom(value: unknown): Workflow {
  const fault = notApiFormat(value);
  if (fault) throw unprocessable(`This cannot be run: ${fault}.`);
  const parsed = Workflow.safeParse(value);
  if (parsed.success && Object.keys(parsed.data).length > 0) return parsed.data;
  throw unprocessable("This is no graph that ComfyUI exports with Workflow, Export (API).");
}

function unprocessable(sentence: string): ProblemError {
  return new ProblemError("unprocessable", sentence);
}
