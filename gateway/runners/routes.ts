import { Hono } from "hono";
import { z } from "zod";
import { ProblemError } from "../../shared/http/problem.ts";
import { RunnerManifest } from "../../shared/runners/manifest.ts";
import { requireUser } from "../auth/mod.ts";
import { operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";

const Runners = z.object({
  items: z.array(RunnerManifest),
  /** Folders that were left out, and why. */
  bad: z.array(z.object({ folder: z.string(), errors: z.array(z.string()) })),
});

export function runnerRoutes(): Router {
  const app = new Hono<Env>();

  app.get(
    "/runners",
    operation({
      summary: "List the runners that artists can choose",
      description: "In order of preference: a node that names none gets the first that serves its type.",
      tag: "runners",
      response: { status: 200, schema: Runners },
    }),
    (c) => {
      requireUser(c);
      const { runners } = c.get("studio");
      return c.json({ items: runners.list().filter((runner) => !runner.self_test), bad: runners.bad() });
    },
  );

  app.get(
    "/runners/:id",
    operation({
      summary: "Read a runner",
      tag: "runners",
      response: { status: 200, schema: RunnerManifest },
    }),
    (c) => {
      requireUser(c);
      const runner = c.get("studio").runners.find(c.req.param("id"));
      if (!runner) {
        throw new ProblemError(
          "not_found",
          "There is no such runner in this studio; GET /api/runners lists them.",
        );
      }
      return c.json(runner);
    },
  );

  return app;
}
