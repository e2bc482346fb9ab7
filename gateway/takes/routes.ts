import type { Context } from "hono";
import { Hono } from "hono";
import { z } from "zod";
import { BranchQuery } from "../../shared/api/branches.ts";
import { Take, TakeDetail } from "../../shared/api/work.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { contentTypeOf } from "./media.ts";
import type { TakeRow } from "./mod.ts";
import { posterOid, proxyOid } from "./view.ts";

const TakesQuery = PageQuery.extend({ ...BranchQuery.shape, node: z.string().min(1).max(64).optional() });
const REDIRECT = { status: 302, description: "A signed URL, good for an hour" };

/** Mounted under /api. */
export function takeRoutes(): Hono<Env> {
  const app = new Hono<Env>();
  app.get(
    "/projects/:p/takes",
    operation({
      summary: "Takes of a project, newest first; of one node with `node`",
      tag: "takes",
      query: TakesQuery,
      response: { status: 200, schema: page(Take) },
    }),
    async (c) => {
      const { takes, projects } = c.get("studio");
      const query = parseQuery(c, TakesQuery);
      const project = await projects.find(requireUser(c).tenant_id, c.req.param("p"), query.branch);
      const found = await takes.list(project.id, query);
      return c.json({ ...found, items: await takes.view(found.items, project.branch) });
    },
  );
  app.get(
    "/projects/:p/takes/:t",
    operation({
      summary: "A take with everything it was made from",
      tag: "takes",
      query: BranchQuery,
      response: { status: 200, schema: TakeDetail },
    }),
    async (c) =>
      c.json(await c.get("studio").takes.detail(await takeOf(c), parseQuery(c, BranchQuery).branch)),
  );
  app.get(
    "/projects/:p/takes/:t/file",
    operation({ summary: "The master", tag: "takes", response: REDIRECT }),
    (c) => redirect(c, "file"),
  );
  app.get(
    "/projects/:p/takes/:t/poster",
    operation({ summary: "A picture for lists", tag: "takes", response: REDIRECT }),
    (c) => redirect(c, "poster"),
  );
  app.get(
    "/projects/:p/takes/:t/proxy",
    operation({
      summary: "A small clip for players; the master of a still",
      tag: "takes",
      response: REDIRECT,
    }),
    (c) => redirect(c, "proxy"),
  );
  app.post(
    "/projects/:p/takes/:t/activate",
    operation({
      summary: "Choose this take for its node",
      tag: "takes",
      may: "review",
      query: BranchQuery,
      response: { status: 200, schema: Take },
    }),
    async (c) => {
      const user = requireUser(c);
      const { takes, projects } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"), branch);
      const take = await takes.activate(project, c.req.param("t"), user.name, user.user_id);
      return c.json((await takes.view([take], branch))[0]!);
    },
  );
  return app;
}

async function takeOf(c: Context<Env>): Promise<TakeRow> {
  const { takes, projects } = c.get("studio");
  const project = await projects.find(requireUser(c).tenant_id, c.req.param("p") ?? "");
  return await takes.find(project.id, c.req.param("t") ?? "");
}

type Part = "file" | "poster" | "proxy";

const OIDS: Record<Part, (take: TakeRow) => string | null> = {
  file: (take) => take.oid,
  poster: posterOid,
  proxy: proxyOid,
};

/** To where the bytes lie; they do not pass through the gateway. */
async function redirect(c: Context<Env>, part: Part): Promise<Response> {
  const take = await takeOf(c);
  const oid = OIDS[part](take);
  if (!oid) throw new ProblemError("not_found", `${take.name} has no ${part}; its master is at …/file.`);
  const href = await c.get("studio").lfs.url({ id: take.project_id, tenant_id: take.tenant_id }, oid, {
    expiresS: 3600,
    ...nameOf(take, oid, part),
  });
  // The URL runs out; a browser may keep the redirect for less long than that.
  c.header("cache-control", "private, max-age=600");
  return c.redirect(href, 302);
}

function nameOf(take: TakeRow, oid: string, part: Part): { fileName: string; contentType: string } {
  if (oid === take.oid) {
    return { fileName: `${take.name}.${take.extension}`, contentType: contentTypeOf(take.media.format) };
  }
  // Agents make posters as JPEG (a browser shows a WebP under this type too) and proxies as MP4.
  return part === "proxy"
    ? { fileName: `${take.name}_proxy.mp4`, contentType: "video/mp4" }
    : { fileName: `${take.name}_poster.jpg`, contentType: "image/jpeg" };
}
