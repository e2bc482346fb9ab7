import { type Context, Hono } from "hono";
import { z } from "zod";
import { BatchRequest } from "../../shared/lfs/batch.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { asTenant } from "../db/mod.ts";
import { parseBody } from "../http/mod.ts";
import type { Env, Router } from "../studio.ts";
import { accessTo, projectOf, type Repository } from "./access.ts";
import { LFS_JSON, lfsError } from "./errors.ts";
import { addLockRoutes } from "./lock_routes.ts";
import { addMultipartRoutes } from "./multipart_routes.ts";
import { checkVerify, VERIFY_HEADER } from "./verify_token.ts";

const Verify = z.object({ oid: z.string(), size: z.int().min(0) });

/** Too many objects are 413 (docs/api/batch.md), which a client may answer with smaller batches; not a wrong field. */
const MOST_OBJECTS = 1000;
const Batch = BatchRequest.extend({ objects: z.array(BatchRequest.shape.objects.element) });

/** A thousand objects of the longest form, with room for what clients add. */
const BODY_LIMIT = 512 * 1024;

/** The Git LFS server: batch, verify and locks, under `/git/:tenant/:project.git/info/lfs`. */
export function lfsRoutes(): Router {
  const app = new Hono<Env>();
  app.onError((error, c) => lfsError(c, error));

  app.post("/git/:tenant/:repository/info/lfs/objects/batch", async (c) => {
    const project = await projectOf(c);
    const { write } = accessTo(c.get("principal"), project);
    const request = await parseBody(c, Batch, { limit: BODY_LIMIT });
    if (request.objects.length > MOST_OBJECTS) {
      throw new ProblemError(
        "too_large",
        `A batch takes at most ${MOST_OBJECTS} objects; set lfs.transfer.batchSize to 100.`,
      );
    }
    if (write && request.operation === "upload" && project.archived_at) {
      throw new ProblemError(
        "archived",
        `${project.title} is archived; bring it back before you push to it.`,
      );
    }
    const finished = c.get("principal").kind === "lease";
    const answer = await c.get("studio").lfs.batch(project, request, {
      write,
      baseUrl: baseUrl(c),
      finished,
    });
    return c.body(JSON.stringify(answer), 200, { "Content-Type": LFS_JSON });
  });

  app.post("/git/:tenant/:repository/info/lfs/verify", async (c) => {
    const project = await projectOf(c, { withToken: c.req.header(VERIFY_HEADER) !== undefined });
    const pointer = await parseBody(c, Verify, { limit: 4096 });
    await mayVerify(c, project, pointer);
    await asTenant(project.tenant_id, () => c.get("studio").lfs.verify(project, pointer));
    return c.body("{}", 200, { "Content-Type": LFS_JSON });
  });
  addLockRoutes(app);
  addMultipartRoutes(app);
  return app;
}

/** By the token of its upload action, or as somebody who may write here. */
async function mayVerify(
  c: Context<Env>,
  project: Repository,
  pointer: z.infer<typeof Verify>,
): Promise<void> {
  const token = c.req.header(VERIFY_HEADER);
  const key = await c.get("studio").auth.signingKey();
  if (token !== undefined && await checkVerify(key, project.id, pointer, token)) return;
  if (!accessTo(c.get("principal"), project).write) {
    throw new ProblemError(
      "forbidden",
      "You may read this project's files but not add any; ask its owner for the artist role.",
    );
  }
}

function baseUrl(c: Context<Env>): string {
  const url = new URL(c.req.url);
  const origin = c.get("studio").config.publicUrl ?? url.origin;
  return `${origin}${url.pathname.replace(/\/objects\/batch$/, "")}`;
}
