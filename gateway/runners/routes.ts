import { Hono } from "hono";
import { z } from "zod";
import { ProblemError } from "../../shared/http/problem.ts";
import { AddedRunner } from "../../shared/api/runners.ts";
import { RunnerPack } from "../../shared/agents/protocol.ts";
import { RunnerManifest } from "../../shared/runners/manifest.ts";
import { LARGEST_PACK, openPack } from "../../shared/runners/pack.ts";
import { risksOf } from "../../shared/runners/risks.ts";
import { requireAgent, requireUser } from "../auth/mod.ts";
import { graphRoutes } from "./graph_routes.ts";
import { viewAdded } from "./view.ts";
import { operation } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";

const Runners = z.object({
  items: z.array(RunnerManifest),
  /** Folders that were left out, and why. */
  bad: z.array(z.object({ folder: z.string(), errors: z.array(z.string()) })),
  /** Those among them that this studio added. */
  added: z.array(AddedRunner),
});

export function runnerRoutes(): Router {
  const app = new Hono<Env>();
  app.route("/", graphRoutes());

  app.get(
    "/runners",
    operation({
      summary: "List the runners that artists can choose",
      description: "In order of preference: a node that names none gets the first that serves its type.",
      tag: "runners",
      response: { status: 200, schema: Runners },
    }),
    async (c) => {
      const user = requireUser(c);
      const { runners } = c.get("studio");
      const catalogue = await runners.of(user.tenant_id);
      return c.json({
        items: catalogue.list().filter((runner) => !runner.self_test),
        bad: runners.bad(),
        added: (await runners.added(user.tenant_id)).map(viewAdded),
      });
    },
  );

  app.get(
    "/runners/:id",
    operation({
      summary: "Read a runner",
      tag: "runners",
      response: { status: 200, schema: RunnerManifest },
    }),
    async (c) => {
      const user = requireUser(c);
      const runner = (await c.get("studio").runners.of(user.tenant_id)).find(c.req.param("id"));
      if (!runner) {
        throw new ProblemError(
          "not_found",
          "There is no such runner in this studio; GET /api/runners lists them.",
        );
      }
      return c.json(runner);
    },
  );

  app.post(
    "/runners",
    operation({
      summary: "Add a runner to this studio",
      description:
        "The body is a pack: what `agent runner pack` writes, or the canvas makes of a graph that ComfyUI " +
        "exported. Versions only go up.",
      tag: "runners",
      response: { status: 201, schema: AddedRunner },
    }),
    async (c) => {
      const user = requireUser(c, "owner");
      const pack = await packFrom(c.req.raw);
      const row = await c.get("studio").runners.add(user.tenant_id, pack, user.name);
      const opened = openPack(pack);
      const risks = "faults" in opened ? [] : risksOf(opened).map(({ sentence }) => sentence);
      return c.json({ ...viewAdded(row), risks }, 201);
    },
  );

  app.delete(
    "/runners/:id",
    operation({
      summary: "Offer an added runner no more",
      description: "What it made stays; jobs that wait for it wait on.",
      tag: "runners",
      response: { status: 204 },
    }),
    async (c) => {
      const user = requireUser(c, "owner");
      await c.get("studio").runners.remove(user.tenant_id, c.req.param("id"));
      return c.body(null, 204);
    },
  );

  app.get(
    "/runners/:id/pack",
    operation({ summary: "Download an added runner", tag: "runners", response: { status: 200 } }),
    async (c) => {
      const user = requireUser(c);
      const { id, version, pack } = await c.get("studio").runners.pack(user.tenant_id, c.req.param("id"));
      return c.body(pack as Uint8Array<ArrayBuffer>, 200, {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="${id}-${version}.zip"`,
      });
    },
  );

  app.get(
    "/agent/runners/:id/pack",
    operation({
      summary: "Take an added runner, for `agent runner install`",
      tag: "agents",
      response: { status: 200, schema: RunnerPack },
    }),
    async (c) => {
      const agent = requireAgent(c);
      const { pack, ...found } = await c.get("studio").runners.pack(agent.tenant_id, c.req.param("id"));
      return c.json({ ...found, pack: new Uint8Array(pack).toBase64() });
    },
  );

  return app;
}

/** No more than a pack may have is ever held. */
async function packFrom(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_PACK) throw new ProblemError("too_large", "A runner's pack has at most 4 MB.");
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
