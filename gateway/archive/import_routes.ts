import { Hono } from "hono";
import { z } from "zod";
import { ImportedMedia, ImportedProject, ImportQuery } from "../../shared/api/archive.ts";
import { CreateProject } from "../../shared/api/project.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseQuery } from "../http/mod.ts";
import type { Env, Router, Studio } from "../studio.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import { archiveRoot, importProject, type Told } from "./import_project.ts";
import { type Filed, fileMedia, requireMedia } from "./media.ts";
import { told } from "./progress.ts";
import { receiveZip } from "./receive.ts";
import { openScratch, type Scratch } from "./scratch.ts";
import { openZip, type Unzip } from "./unzip.ts";

const LINES =
  "With `Accept: application/x-ndjson` the answer is a line for each stage, then `result` or `problem`.";

/** Mounted under /api. */
export function importRoutes(): Router {
  const app = new Hono<Env>();
  app.post(
    "/projects/import",
    operation({
      summary: "Import a project that a studio exported, or begin one with the media of a zip",
      description:
        "The zip is the body. History, takes and media come whole or not at all; a title that exists gets a number. " +
        LINES,
      tag: "projects",
      may: "make",
      query: ImportQuery,
      bodyType: "application/zip",
      response: { status: 201, schema: ImportedProject },
    }),
    async (c) => {
      const user = requireUser(c);
      const studio = c.get("studio");
      const { name } = parseQuery(c, ImportQuery);
      return await withZip(
        studio,
        c.req.raw,
        async (zip, scratch) =>
          await told(c, (tell) =>
            zip(async (opened) => {
              const root = archiveRoot(opened);
              const { project, missing, refused } = root === null
                ? await beginWith(studio, user, opened, name, tell)
                : { ...await importProject(studio, user, { zip: opened, root, scratch }, tell), refused: [] };
              return {
                project: (await studio.projects.view([project]))[0]!,
                missing,
                refused,
              } satisfies z.infer<typeof ImportedProject>;
            })),
      );
    },
  );
  app.post(
    "/projects/:p/assets/import",
    operation({
      summary: "File the pictures, sounds and clips of a zip under 01_Assets",
      description: "The zip is the body; what the studio does not take is told, and holds up nothing. " +
        LINES,
      tag: "assets",
      may: "make",
      bodyType: "application/zip",
      response: { status: 201, schema: ImportedMedia },
    }),
    async (c) => {
      const user = requireUser(c);
      const studio = c.get("studio");
      const project = await studio.projects.findForChange(user.tenant_id, c.req.param("p"));
      return await withZip(studio, c.req.raw, async (zip) =>
        await told(c, (tell) =>
          zip(async (opened) => {
            if (archiveRoot(opened) !== null) {
              throw new ProblemError(
                "unprocessable",
                "This zip is a whole project; import it on the page of all films.",
              );
            }
            const { assets, refused } = await fileMedia(studio, project, user, opened, tell);
            return { assets: assets.map(studio.assets.view), refused } satisfies z.infer<
              typeof ImportedMedia
            >;
          })));
    },
  );
  return app;
}

async function beginWith(
  studio: Studio,
  user: UserPrincipal,
  zip: Unzip,
  name: string | undefined,
  tell: Told,
): Promise<
  { project: Awaited<ReturnType<Studio["projects"]["create"]>>; missing: number; refused: Filed["refused"] }
> {
  await requireMedia(zip);
  // deno-lint-ignore no-control-regex -- a file's name may have any
  const title = (name ?? "").replace(/\.zip$/i, "").replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim()
    .slice(0, 120);
  const project = await studio.projects.create(
    user,
    CreateProject.parse({ title: title || "Imported media" }),
  );
  const { refused } = await fileMedia(studio, project, user, zip, tell);
  return { project, missing: 0, refused };
}

/**
 * Receives the body and gives a way to open it. The folder it lies in goes away when what was begun with it has ended, which is
 * after the answer's head was sent.
 */
async function withZip(
  studio: Studio,
  request: Request,
  begin: (
    zip: <T>(work: (opened: Unzip) => Promise<T>) => Promise<T>,
    scratch: Scratch,
  ) => Promise<Response>,
): Promise<Response> {
  const scratch = await openScratch(studio.config.dataDir);
  let begun = false;
  try {
    const path = await receiveZip(request, scratch);
    return await begin(async (work) => {
      begun = true;
      try {
        using opened = await openZip(path);
        return await work(opened);
      } finally {
        await scratch[Symbol.asyncDispose]();
      }
    }, scratch);
  } finally {
    if (!begun) await scratch[Symbol.asyncDispose]();
  }
}
