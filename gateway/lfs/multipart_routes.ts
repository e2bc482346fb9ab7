import type { Context } from "hono";
import { PartRequest, PartsRequest } from "../../shared/lfs/multipart.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { parseBody } from "../http/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { Env, Router } from "../studio.ts";
import { accessTo, projectOf } from "./access.ts";
import { LFS_JSON } from "./errors.ts";
import { abortParts, completeParts, partAction, partsOf } from "./multipart.ts";

const BODY = { limit: 4096 };

/** Uploads in parts (shared/lfs/multipart.ts), below `/git/:tenant/:project.git/info/lfs`: for whoever may write there. */
export function addMultipartRoutes(app: Router): void {
  const base = "/git/:tenant/:repository/info/lfs/multipart";
  app.post(base, async (c) => {
    const project = await writable(c);
    const { plans, db } = c.get("studio");
    const pointer = await parseBody(c, PartsRequest, BODY);
    // What a lease made is kept whatever the plan says.
    if (c.get("principal").kind !== "lease") await plans.requireRoom(db.sql, project.tenant_id, pointer.size);
    return answer(c, await partsOf(c.get("studio"), project, pointer));
  });
  app.post(`${base}/part`, async (c) => {
    const project = await writable(c);
    return answer(c, await partAction(c.get("studio"), project, await parseBody(c, PartRequest, BODY)));
  });
  app.post(`${base}/complete`, async (c) => {
    const project = await writable(c);
    await completeParts(c.get("studio"), project, await parseBody(c, PartsRequest, BODY));
    return answer(c, {});
  });
  app.post(`${base}/abort`, async (c) => {
    const project = await writable(c);
    await abortParts(c.get("studio"), project, await parseBody(c, PartsRequest, BODY));
    return answer(c, {});
  });
}

async function writable(c: Context<Env>): Promise<ProjectRow> {
  const project = await projectOf(c);
  const { write } = accessTo(c.get("principal"), project);
  if (project.kind === "library") {
    throw new ProblemError(
      "forbidden",
      "Uploads in parts are for the files of projects, not for a library's.",
    );
  }
  if (write) return project;
  throw new ProblemError(
    "forbidden",
    "You may read this project's files but not add any; ask its owner for the artist role.",
  );
}

function answer(c: Context<Env>, body: unknown): Response {
  return c.body(JSON.stringify(body), 200, { "Content-Type": LFS_JSON });
}
