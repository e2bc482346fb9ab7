import { Hono } from "hono";
import {
  createRequestMetrics,
  frame,
  healthRoutes,
  noRoute,
  openApiRoutes,
  problemResponse,
} from "./http/mod.ts";
import { rooms } from "./rooms.ts";
import { staticRoutes } from "./static/mod.ts";
import type { Env, Router, Studio } from "./studio.ts";

/** Mounts the routers; no logic. Routers under /api name their paths from there: `/projects/:p/jobs`, `/agent/lease`. */
export function createApp(studio: Studio): Router {
  const metrics = createRequestMetrics();
  const app = new Hono<Env>();
  app.onError((error, c) => problemResponse(c, error));
  app.notFound(noRoute(app));
  app.use(frame(studio, metrics));
  app.route("/", healthRoutes(metrics));
  app.use(rooms.auth.authenticate(), rooms.auth.checkOrigin());
  app.route("/", rooms.auth.enterRoutes?.() ?? new Hono());
  app.route("/api", rooms.auth.authRoutes());
  app.route("/api", rooms.projects.projectRoutes());
  app.route("/api", rooms.canvas.canvasRoutes());
  app.route("/api", rooms.jobs.jobRoutes());
  app.route("/api", rooms.takes.takeRoutes());
  app.route("/api", rooms.assembly.assemblyRoutes());
  app.route("/api", rooms.runners.runnerRoutes());
  app.route("/api", rooms.agents.agentRoutes());
  app.route("/api", rooms.agents.agentProtocolRoutes());
  app.route("/api", rooms.events.eventRoutes());
  app.route("/", rooms.lfs.lfsRoutes());
  app.route("/", rooms.git.gitRoutes());
  const objects = studio.objects.routes();
  if (objects) app.route("/objects", objects);
  app.route("/", openApiRoutes(app));
  app.route("/", staticRoutes());
  return app;
}
