import type { Context } from "hono";
import { ProblemError } from "../../shared/http/problem.ts";
import { may } from "../../shared/roles.ts";
import { asSystem } from "../db/mod.ts";
import { type Principal, refusalOf } from "../auth/mod.ts";
import type { LibraryRow } from "../library/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Env } from "../studio.ts";

/** What lies behind a Git address. */
export type Repository = ProjectRow | LibraryRow;

/**
 * The project of the path, or the studio's library. What is not the caller's answers 404, like what does not exist; nobody at all gets 401 first, so
 * that `git lfs` asks for a password. `withToken`: an upload's verify token is still to be checked against the project.
 */
export async function projectOf(
  c: Context<Env>,
  options: { withToken?: boolean } = {},
): Promise<Repository> {
  const principal = c.get("principal");
  const { tenant = "", repository = "" } = c.req.param() as { tenant?: string; repository?: string };
  if (principal.kind === "nobody" && !options.withToken) throw unauthenticated();
  const slug = /^(.+)\.git$/.exec(repository)?.[1];
  const { projects, library } = c.get("studio");
  const asking = principal.kind === "nobody" ? null : principal.tenant_id;
  const find = async () =>
    await library.bySlug(tenant, slug!, asking) ?? await projects.bySlug(tenant, slug!);
  // Who comes with an upload's verify token says by it, and nothing else, whose project it is.
  const project = !slug ? null : await (principal.kind === "nobody" ? asSystem(find) : find());
  const foreign = principal.kind !== "nobody" && principal.tenant_id !== project?.tenant_id;
  const other = principal.kind === "lease" && principal.project_id !== project?.id;
  if (!project || foreign || other) {
    throw new ProblemError(
      "not_found",
      `There is no repository ${repository} in ${tenant} for you; check the URL.`,
    );
  }
  return project;
}

/**
 * Who may do what. A person without the right gets 403, never 401: `git lfs` answers 401 by asking for the password again,
 * for ever (git-lfs#2269).
 */
export function accessTo(principal: Principal, project: Repository): { write: boolean } {
  switch (principal.kind) {
    case "nobody":
      throw unauthenticated();
    case "user":
      if (!may(principal, "fetch") && !may(principal, "view")) {
        throw new ProblemError("forbidden", refusalOf(principal, "fetch")!);
      }
      return { write: may(principal, "push") || may(principal, "make") };
    case "lease":
      if (principal.project_id === project.id) return { write: true };
      throw new ProblemError("not_found", "This lease is for another project.");
    case "agent":
    case "join":
      throw new ProblemError(
        "forbidden",
        "Use the token of a lease for a project's files, not the agent's own.",
      );
  }
}

function unauthenticated(): ProblemError {
  return new ProblemError(
    "unauthenticated",
    "Sign in to this repository with an access token as the password; make one on the studio's account page.",
  );
}
