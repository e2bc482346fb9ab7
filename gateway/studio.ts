import type { Hono } from "hono";
import type { Assembly } from "./assembly/mod.ts";
import type { Agents } from "./agents/mod.ts";
import type { Assets } from "./assets/mod.ts";
import type { Auth, Principal } from "./auth/mod.ts";
import type { Branches } from "./branches/mod.ts";
import type { CanvasRoom } from "./canvas/mod.ts";
import type { Checks } from "./checks/mod.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/mod.ts";
import type { EventHub } from "./events/mod.ts";
import type { GitRoom } from "./git/mod.ts";
import type { Log } from "./http/log.ts";
import type { Jobs } from "./jobs/mod.ts";
import type { Lfs } from "./lfs/mod.ts";
import type { LibraryRoom } from "./library/mod.ts";
import type { Stores } from "./objects/mod.ts";
import type { OperationsRoom } from "./operations/mod.ts";
import type { PlanRoom } from "./plans/mod.ts";
import type { Projects } from "./projects/mod.ts";
import type { Pushes } from "./pushes/mod.ts";
import type { Runners } from "./runners/mod.ts";
import type { Takes } from "./takes/mod.ts";
import type { Traces } from "./traces/mod.ts";

/** The rooms of one gateway, as main.ts composes them. Routers get it whole; a room is given what it needs. */
export interface Studio {
  config: Config;
  log: Log;
  /** Aborted when the gateway begins to shut down: waiting polls answer at once, sockets close. */
  closing: AbortSignal;
  db: Database;
  auth: Auth;
  events: EventHub;
  objects: Stores;
  plans: PlanRoom;
  runners: Runners;
  projects: Projects;
  canvas: CanvasRoom;
  branches: Branches;
  git: GitRoom;
  pushes: Pushes;
  lfs: Lfs;
  library: LibraryRoom;
  jobs: Jobs;
  agents: Agents;
  takes: Takes;
  assets: Assets;
  assembly: Assembly;
  checks: Checks;
  operations: OperationsRoom;
  traces: Traces;
}

/** What every request carries once the middleware of http/ and auth/ has run. */
export interface Env {
  Variables: { studio: Studio; requestId: string; principal: Principal; log: Log };
}

export type Router = Hono<Env>;
