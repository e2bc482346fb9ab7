import type { Context } from "hono";
import { Hono } from "hono";
import { z } from "zod";
import { BranchQuery } from "../../shared/api/branches.ts";
import { Conform, ConformRequest, Export, LONGEST_LIST, SubmitRender } from "../../shared/api/work.ts";
import { EdlProfile } from "../../shared/edl/mod.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { FILM_FORMATS } from "../../shared/jobs/film.ts";
import { Job } from "../../shared/jobs/job.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import type { Env } from "../studio.ts";
import { LIST_FORMATS, type ListFormat } from "../../shared/film/mod.ts";
import type { CutList } from "./cut_list.ts";
import { formatOfExport } from "./deliverable.ts";
import type { ExportRow } from "./mod.ts";

const tag = "renders";
/** Bytes of a body that holds a cut list. */
const LIST_LIMIT = 2 * LONGEST_LIST;
const REDIRECT = { status: 302, description: "A signed URL, good for an hour" };
const Lists = z.object({
  items: z.array(z.object({ format: z.enum(LIST_FORMATS), not_carried: z.array(z.string()) })),
});
const ListQuery = BranchQuery.extend({ profile: EdlProfile.default("cmx") });
const OTIO = { status: 200, description: "OpenTimelineIO JSON", contentType: "application/json" };
const FCPXML = { status: 200, description: "FCPXML 1.10", contentType: "application/xml" };
const EDL = { status: 200, description: "CMX3600 text", contentType: "text/plain" };

/** Mounted under /api. */
export function assemblyRoutes(): Hono<Env> {
  const app = new Hono<Env>();

  app.post(
    "/projects/:p/renders",
    operation({
      summary: "Render an assembler's film from its shots and their active takes",
      tag,
      may: "make",
      query: BranchQuery,
      body: SubmitRender,
      response: { status: 202, schema: z.object({ job: Job, export: Export }) },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects, assembly, jobs } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"), branch);
      const made = await assembly.render(
        project,
        user,
        await parseBody(c, SubmitRender, { limit: LIST_LIMIT }),
      );
      const [job] = await jobs.view([made.job]);
      const [film] = await assembly.view([made.export]);
      c.header("Location", `/api/jobs/${made.job.id}`);
      return c.json({ job: job!, export: film! }, 202);
    },
  );

  app.get(
    "/projects/:p/renders",
    operation({
      summary: "Films of a project, newest first",
      tag,
      query: PageQuery,
      response: { status: 200, schema: page(Export) },
    }),
    async (c) => {
      const { projects, assembly } = c.get("studio");
      const project = await projects.find(requireUser(c).tenant_id, c.req.param("p"));
      const { cursor, limit } = parseQuery(c, PageQuery);
      const found = await assembly.list(project.id, { limit, ...(cursor === undefined ? {} : { cursor }) });
      return c.json({ ...found, items: await assembly.view(found.items) });
    },
  );

  app.get(
    "/projects/:p/renders/:e",
    operation({
      summary: "A film, rendered or still to come",
      tag,
      response: { status: 200, schema: Export },
    }),
    async (c) => c.json((await c.get("studio").assembly.view([await exportOf(c)]))[0]!),
  );

  app.get(
    "/projects/:p/renders/:e/film",
    operation({ summary: "The film, in the format that was asked for", tag, response: REDIRECT }),
    async (c) => {
      const row = await exportOf(c);
      const { extension, contentType } = FILM_FORMATS[formatOfExport(row)];
      return await redirect(c, row, row.oid, { fileName: `${row.name}.${extension}`, contentType });
    },
  );
  app.get(
    "/projects/:p/renders/:e/poster",
    operation({ summary: "A picture for lists", tag, response: REDIRECT }),
    async (c) => {
      const row = await exportOf(c);
      return await redirect(c, row, row.poster_oid, { fileName: `${row.name}_poster` });
    },
  );
  app.get(
    "/projects/:p/renders/:e/proxy",
    operation({ summary: "A small version for players", tag, response: REDIRECT }),
    async (c) => {
      const row = await exportOf(c);
      const fileName = `${row.name}_proxy.mp4`;
      return await redirect(c, row, row.proxy_oid, { fileName, contentType: "video/mp4" });
    },
  );

  app.get(
    "/projects/:p/renders/:e/edl",
    operation({ summary: "The list that the film was cut from", tag, query: ListQuery, response: EDL }),
    async (c) => await listOfRender(c, parseQuery(c, ListQuery).profile),
  );
  app.get(
    "/projects/:p/renders/:e/otio",
    operation({ summary: "The film's cut as an OpenTimelineIO timeline", tag, response: OTIO }),
    async (c) => await listOfRender(c, "otio"),
  );
  app.get(
    "/projects/:p/renders/:e/fcpxml",
    operation({ summary: "The film's cut as Final Cut Pro XML", tag, response: FCPXML }),
    async (c) => await listOfRender(c, "fcpxml"),
  );
  app.get(
    "/projects/:p/assemblers/:node/lists",
    operation({
      summary: "What each format of the cut list could not carry of the film as it is",
      description: "Downloads say the same in their header `not-carried`, a JSON list of sentences.",
      tag,
      query: BranchQuery,
      response: { status: 200, schema: Lists },
    }),
    async (c) => {
      const { projects, assembly } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.find(requireUser(c).tenant_id, c.req.param("p"), branch);
      return c.json({ items: await assembly.carried(project, c.req.param("node")) });
    },
  );
  app.get(
    "/projects/:p/assemblers/:node/fcpxml",
    operation({
      summary: "The cut as it is now, as Final Cut Pro XML",
      tag,
      query: BranchQuery,
      response: FCPXML,
    }),
    async (c) => await listNow(c, "fcpxml"),
  );
  app.get(
    "/projects/:p/assemblers/:node/edl",
    operation({
      summary: "The list that a render would be cut from now",
      tag,
      query: ListQuery,
      response: EDL,
    }),
    async (c) => await listNow(c, parseQuery(c, ListQuery).profile),
  );
  app.get(
    "/projects/:p/assemblers/:node/otio",
    operation({
      summary: "The cut as it is now, as an OpenTimelineIO timeline",
      tag,
      query: BranchQuery,
      response: OTIO,
    }),
    async (c) => await listNow(c, "otio"),
  );
  app.post(
    "/projects/:p/assemblers/:node/conform",
    operation({
      summary:
        "Say what a cut list (CMX3600, OpenTimelineIO or FCPXML) would change on the canvas, or change it",
      description:
        "Clips are found by reel, take name, source timecode or shot; what is not found is listed " +
        "with its line. Without `apply` nothing is changed.",
      tag,
      may: "make",
      query: BranchQuery,
      body: ConformRequest,
      response: { status: 200, schema: Conform },
    }),
    async (c) => {
      const user = requireUser(c);
      const { projects, assembly } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const project = await projects.findForChange(user.tenant_id, c.req.param("p"), branch);
      const body = await parseBody(c, ConformRequest, { limit: LIST_LIMIT });
      return c.json(await assembly.conform(project, user, c.req.param("node"), body));
    },
  );
  return app;
}

async function listOfRender(c: Context<Env>, format: ListFormat): Promise<Response> {
  const { projects, assembly } = c.get("studio");
  const project = await projects.find(requireUser(c).tenant_id, c.req.param("p") ?? "");
  const row = await assembly.find(project.id, c.req.param("e") ?? "");
  return attachment(c, await assembly.cutListOf(project, row, format), format);
}

async function listNow(c: Context<Env>, format: ListFormat): Promise<Response> {
  const { projects, assembly } = c.get("studio");
  const { branch } = parseQuery(c, BranchQuery);
  const project = await projects.find(requireUser(c).tenant_id, c.req.param("p") ?? "", branch);
  return attachment(c, await assembly.cutList(project, c.req.param("node") ?? "", format), format);
}

async function exportOf(c: Context<Env>): Promise<ExportRow> {
  const { projects, assembly } = c.get("studio");
  const project = await projects.find(requireUser(c).tenant_id, c.req.param("p") ?? "");
  return await assembly.find(project.id, c.req.param("e") ?? "");
}

/** To where the bytes lie; they do not pass through the gateway. */
async function redirect(
  c: Context<Env>,
  row: ExportRow,
  oid: string | null,
  file: { fileName: string; contentType?: string },
): Promise<Response> {
  if (oid === null) {
    throw new ProblemError(
      "not_found",
      row.oid === null
        ? `${row.name} is not rendered; how far it is says /api/jobs/${row.job_id}.`
        : `${row.name} has none; the film itself is at …/film.`,
    );
  }
  const project = { id: row.project_id, tenant_id: row.tenant_id };
  const href = await c.get("studio").lfs.url(project, oid, { expiresS: 3600, ...file });
  // The URL runs out; a browser may keep the redirect for less long than that.
  c.header("cache-control", "private, max-age=600");
  return c.redirect(href, 302);
}

/** `name` is of ASCII letters, digits, hyphens and underscores (name.ts). */
function attachment(c: Context<Env>, list: CutList, format: ListFormat): Response {
  const ending = {
    ...{ cmx: ".edl", resolve: "_resolve.edl", premiere: "_premiere.edl", otio: ".otio", fcpxml: ".fcpxml" },
  }[format];
  if (list.not_carried.length) c.header("not-carried", JSON.stringify(list.not_carried));
  c.header("content-disposition", `attachment; filename="${list.name}${ending}"`);
  if (format === "otio") return c.body(list.text, 200, { "content-type": "application/json" });
  if (format === "fcpxml") return c.body(list.text, 200, { "content-type": "application/xml" });
  return c.text(list.text);
}
