import type { z } from "zod";
import type { CreateProject, Project, UpdateProject } from "../../shared/api/project.ts";
import type { RateName } from "../../shared/time/rate.ts";
import type { Trust } from "../../shared/jobs/trust.ts";
import type { Tier } from "../../shared/tiers.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Querier, Tx } from "../db/mod.ts";

export interface ProjectRow {
  /** A library has one; what has none is a project. */
  kind?: undefined;
  id: string;
  tenant_id: string;
  tenant_slug: string;
  slug: string;
  title: string;
  description: string;
  fps: RateName;
  width: number;
  height: number;
  quality: Tier;
  fallback: "lower" | "wait";
  pools: string[];
  /** How well a machine must be known to have its work. */
  trust: Trust;
  /** The least reputation of a community machine that may have its work. */
  min_reputation: number;
  drop_frame: boolean;
  pixel_aspect: string;
  archived_at: Date | null;
  /** The branch it is looked at on: title, description and quality are as that has them. */
  branch: string;
  created_at: Date;
  updated_at: Date;
  /** When its canvas was last changed; of those in a list. */
  worked_at?: Date;
}

export interface Projects {
  create(user: UserPrincipal, body: z.infer<typeof CreateProject>): Promise<ProjectRow>;
  /** A new project with the settings, the canvas and the media of another; takes, renders and history stay there. */
  duplicate(user: UserPrincipal, from: ProjectRow, title: string): Promise<ProjectRow>;
  /**
   * The row of a project that comes from elsewhere, under a free title and slug; canvas and repository are the caller's, in the
   * same transaction.
   */
  adopt(
    tx: Tx,
    user: UserPrincipal,
    project: z.infer<typeof CreateProject> & { id: string; created_at: string; next_timecode: number },
  ): Promise<ProjectRow>;
  list(
    tenantId: string,
    page: { cursor?: string; limit: number; archived: boolean },
  ): Promise<{ items: ProjectRow[]; next?: string }>;
  /** By id or slug, on a branch (main); ProblemError not_found when it is not this tenant's, or has no such branch. */
  find(tenantId: string, idOrSlug: string, branch?: string): Promise<ProjectRow>;
  /** As find(), and ProblemError archived when nothing may be changed. */
  findForChange(tenantId: string, idOrSlug: string, branch?: string): Promise<ProjectRow>;
  byId(q: Querier, id: string): Promise<ProjectRow | null>;
  bySlug(tenantSlug: string, slug: string): Promise<ProjectRow | null>;
  /** Of a branch beside main: title, description and quality of that branch, the rest of the project. */
  update(
    project: ProjectRow,
    body: z.infer<typeof UpdateProject>,
    by: string,
    userId?: string,
  ): Promise<ProjectRow>;
  view(projects: ProjectRow[]): Promise<Project[]>;
  /** Makes the repositories of projects whose gateway died between row and repository. Returns how many. */
  repair(): Promise<number>;
}

export { projectAsked, projectToChange } from "./asked.ts";
export { shapeOf } from "./shape.ts";
export { columns as projectColumns } from "./store.ts";
export { createProjects, noProject, requireOpen } from "./projects.ts";
export { projectRoutes } from "./routes.ts";
