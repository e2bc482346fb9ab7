import type { Context } from "hono";
import { Hono } from "hono";
import { may } from "../../shared/roles.ts";
import { refusalOf } from "../auth/mod.ts";
import type { LibraryRow } from "../library/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Pusher } from "../pushes/mod.ts";
import type { Env } from "../studio.ts";
import { repositoryExists } from "./create_repository.ts";
import { serveBackend } from "./http_backend.ts";
import { isProjectSlug } from "./paths.ts";
import { removeStaleLocks } from "./stale_locks.ts";

/** What a refused git client shows after "remote:". */
interface Refusal {
  status: 400 | 401 | 403 | 404 | 409 | 503;
  sentence: string;
}

/**
 * Git over HTTP: `git clone <public url>/git/<studio>/<project>.git`, fetch and push. Who may do what is decided here by
 * the path that is asked for, never by what the client calls its service; the rest is git http-backend's.
 */
export function gitRoutes(): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/git/:tenant/:repository/info/refs", (c) => {
    const service = c.req.query("service");
    // Without a service it is the dumb protocol, which serves files behind the gateway's back.
    if (service !== "git-upload-pack" && service !== "git-receive-pack") {
      return refuse(c, {
        status: 403,
        sentence: "This studio speaks Git's smart HTTP protocol only; use git 1.6.6 or later.",
      });
    }
    return serve(c, {
      service: "/info/refs",
      query: `service=${service}`,
      push: service === "git-receive-pack",
    });
  });
  app.post(
    "/git/:tenant/:repository/git-upload-pack",
    (c) => serve(c, { service: "/git-upload-pack", query: "", push: false }),
  );
  app.post(
    "/git/:tenant/:repository/git-receive-pack",
    (c) => serve(c, { service: "/git-receive-pack", query: "", push: true }),
  );
  return app;
}

async function serve(
  c: Context<Env>,
  asked: { service: string; query: string; push: boolean },
): Promise<Response> {
  const studio = c.get("studio");
  const allowed = await authorise(c, asked.push);
  if ("status" in allowed) return refuse(c, allowed);
  const gitDir = studio.git.path(allowed.project);
  if (!await repositoryExists(gitDir)) {
    return refuse(c, {
      status: 503,
      sentence: `The repository of ${allowed.project.slug} is not there yet; try again in a moment.`,
    });
  }
  if (asked.push) await removeStaleLocks(gitDir);
  if (asked.push) studio.git.giveWay(allowed.project.id, allowed.pusher.user_id);
  // The empty request by which git tries its password reaches no hook, and costs the same two table look-ups.
  const watched = asked.service === "/git-receive-pack"
    ? await studio.pushes.watch(allowed.project, allowed.pusher)
    : {};
  return await serveBackend(c.req.raw, {
    ...watched,
    gitDir,
    service: asked.service,
    query: asked.query,
    user: remoteUser(allowed.pusher.name),
    log: c.get("log"),
  });
}

/** The project or library, or why not. What lies in another studio does not exist: 404, the same as a name that nobody has. */
async function authorise(
  c: Context<Env>,
  push: boolean,
): Promise<{ project: ProjectRow | LibraryRow; pusher: Pusher } | Refusal> {
  const principal = c.get("principal");
  if (principal.kind === "nobody") {
    return {
      status: 401,
      sentence: "Sign in with any name, and an access token of this studio as the password.",
    };
  }
  const tenant = c.req.param("tenant") ?? "";
  const slug = /^(.+)\.git$/.exec(c.req.param("repository") ?? "")?.[1] ?? "";
  const missing: Refusal = {
    status: 404,
    sentence: `There is no repository ${tenant}/${slug} that you can see.`,
  };
  if (!isProjectSlug(slug)) return missing;
  const { library, projects } = c.get("studio");
  const project = await library.bySlug(tenant, slug, principal.tenant_id) ??
    await projects.bySlug(tenant, slug);
  if (!project || project.tenant_id !== principal.tenant_id) return missing;
  if (principal.kind !== "user") {
    return { status: 403, sentence: "Agents neither clone nor push; the gateway commits what they make." };
  }
  const refusal = refusalOf(principal, push ? "push" : "fetch");
  if (refusal) {
    return {
      status: 403,
      sentence: push && may(principal, "fetch")
        ? `You may clone and fetch, but not push. ${refusal}`
        : refusal,
    };
  }
  if (push && project.archived_at) {
    return { status: 403, sentence: `${project.slug} is archived; take it out of the archive to push.` };
  }
  return { project, pusher: principal };
}

/** A name as an environment variable and a reflog line take it. */
function remoteUser(name: string): string {
  // deno-lint-ignore no-control-regex -- removing them is the point
  return name.replace(/[<>\u0000-\u001f\u007f]+/g, " ").trim().slice(0, 100) || "artist";
}

/** Plain text: git shows it to the person, problem+json it would not. */
function refuse(c: Context<Env>, { status, sentence }: Refusal): Response {
  const headers: Record<string, string> = { "cache-control": "no-store" };
  if (status === 401) headers["www-authenticate"] = 'Basic realm="studio", charset="UTF-8"';
  if (status === 503) headers["retry-after"] = "2";
  return c.text(sentence + "\n", status, headers);
}
