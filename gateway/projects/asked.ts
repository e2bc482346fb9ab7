import type { Context } from "hono";
import { requireUser, type UserPrincipal } from "../auth/mod.ts";
import type { Env, Studio } from "../studio.ts";
import type { ProjectRow } from "./mod.ts";

/** What a route under `/projects/:p` goes by. */
export interface Asked {
  studio: Studio;
  user: UserPrincipal;
  project: ProjectRow;
}

/** Who asks, and the project that the address names, of their studio. ProblemError not_found. @param branch by default main */
export async function projectAsked(c: Context<Env>, branch?: string): Promise<Asked> {
  const user = requireUser(c);
  const studio = c.get("studio");
  return {
    studio,
    user,
    project: await studio.projects.find(user.tenant_id, c.req.param("p") ?? "", branch),
  };
}

/** The same of what is about to be changed: ProblemError archived where that may not be. */
export async function projectToChange(c: Context<Env>, branch?: string): Promise<Asked> {
  const user = requireUser(c);
  const studio = c.get("studio");
  const project = await studio.projects.findForChange(user.tenant_id, c.req.param("p") ?? "", branch);
  return { studio, user, project };
}
