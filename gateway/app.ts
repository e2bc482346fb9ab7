import { Hono } from "hono";
import { agentPackageRoutes, agentProtocolRoutes, agentRoutes } from "./agents/mod.ts";
import { archiveRoutes, importRoutes } from "./archive/mod.ts";
import { assemblyRoutes } from "./assembly/mod.ts";
import { assetRoutes } from "./assets/mod.ts";
import { auditRoutes } from "./audit/mod.ts";
import {
  authenticate,
  authorize,
  authRoutes,
  checkOrigin,
  enterRoutes,
  providerEnterRoutes,
} from "./auth/mod.ts";
import { branchRoutes } from "./branches/mod.ts";
import { canvasRoutes } from "./canvas/mod.ts";
import { checkRoutes } from "./checks/mod.ts";
import { creditRoutes } from "./credits/mod.ts";
import { eventRoutes } from "./events/mod.ts";
import { gitRoutes, historyRoutes } from "./git/mod.ts";
import {
  createRequestMetrics,
  frame,
  healthRoutes,
  noRoute,
  openApiRoutes,
  problemResponse,
} from "./http/mod.ts";
import { versionRoutes } from "./history/mod.ts";
import { jobRoutes } from "./jobs/mod.ts";
import { fileRoutes } from "./files/mod.ts";
import { lfsRoutes, lockRoutes } from "./lfs/mod.ts";
import { libraryRoutes } from "./library/mod.ts";
import { operationsRoutes } from "./operations/mod.ts";
import { projectRoutes } from "./projects/mod.ts";
import { runnerRoutes } from "./runners/mod.ts";
import { staticRoutes } from "./static/mod.ts";
import type { Env, Router, Studio } from "./studio.ts";
import { takeRoutes } from "./takes/mod.ts";
import { traced } from "./traces/mod.ts";
import { usageRoutes } from "./usage/mod.ts";

/** Mounts the routers; no logic. Those under /api name their paths from there: `/projects/:p/jobs`, `/agent/lease`. */
export function createApp(studio: Studio): Router {
  const metrics = createRequestMetrics();
  const app = new Hono<Env>();
  app.onError((error, c) => problemResponse(c, error));
  app.notFound(noRoute(app));
  app.use(frame(studio, metrics));
  app.route("/", healthRoutes(metrics));

  app.use(authenticate(), checkOrigin(), authorize(), traced());
  app.route("/", enterRoutes());
  app.route("/", providerEnterRoutes());
  app.route("/api", authRoutes());
  app.route("/api", auditRoutes());
  app.route("/api", usageRoutes());
  app.route("/api", creditRoutes());
  app.route("/api", checkRoutes());
  app.route("/api", operationsRoutes());
  app.route("/api", projectRoutes());
  app.route("/api", canvasRoutes());
  app.route("/api", jobRoutes());
  app.route("/api", takeRoutes());
  app.route("/api", assetRoutes());
  app.route("/api", fileRoutes());
  app.route("/api", lockRoutes());
  app.route("/api", libraryRoutes());
  app.route("/api", assemblyRoutes());
  app.route("/api", historyRoutes());
  app.route("/api", versionRoutes());
  app.route("/api", branchRoutes());
  app.route("/api", archiveRoutes());
  app.route("/api", importRoutes());
  app.route("/api", runnerRoutes());
  app.route("/api", agentRoutes());
  app.route("/api", agentProtocolRoutes());
  app.route("/api", eventRoutes());
  app.route("/", agentPackageRoutes());
  app.route("/", lfsRoutes());
  app.route("/", gitRoutes());
  const objects = studio.objects.routes();
  if (objects) app.route("/objects", objects);
  app.route("/", openApiRoutes(app));
  app.route("/", staticRoutes());
  return app;
}
