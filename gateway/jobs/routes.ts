import { Hono } from "hono";
import { z } from "zod";
import { BranchQuery } from "../../shared/api/branches.ts";
import { SubmitJob, Submitted, UpdateJob } from "../../shared/api/work.ts";
import { isId } from "../../shared/ids.ts";
import { page, PageQuery } from "../../shared/http/list.ts";
import { Job, JobEvent, JobState } from "../../shared/jobs/job.ts";
import { JobLog } from "../../shared/jobs/log.ts";
import { Placement, SetPlacement } from "../../shared/api/placement.ts";
import { requireUser } from "../auth/mod.ts";
import { operation, parseBody, parseQuery } from "../http/mod.ts";
import { projectAsked, type ProjectRow, projectToChange } from "../projects/mod.ts";
import type { Env, Studio } from "../studio.ts";

const tag = "jobs";
const ListQuery = PageQuery.extend({
  /** One state, or several with commas. */
  state: z.string().transform((text) => text.split(",")).pipe(z.array(JobState)).optional(),
});
const Story = z.object({ items: z.array(JobEvent) });

/** Under /api: what people and programs ask of jobs. What agents say is in the agents room. */
export function jobRoutes(): Hono<Env> {
  const app = new Hono<Env>();

  app.post(
    "/projects/:p/jobs",
    operation({
      summary: "Generate takes of a canvas node as it is now",
      tag,
      may: "make",
      query: BranchQuery,
      body: SubmitJob,
      response: { status: 202, schema: Submitted },
    }),
    async (c) => {
      const user = requireUser(c);
      const { jobs, projects } = c.get("studio");
      const { branch } = parseQuery(c, BranchQuery);
      const body = await parseBody(c, SubmitJob);
      const name = c.req.param("p");
      // Asking for takes looks at the film by itself.
      const id = isId(name) ? name : (await projects.find(user.tenant_id, name)).id;
      const made = await jobs.ask({ id, branch, tenant_id: user.tenant_id }, user, body);
      c.header("Location", `/api/jobs/${made.jobs[0]!.id}`);
      return c.json({ jobs: made.views ?? await jobs.view(made.jobs) }, 202);
    },
  );

  app.get(
    "/projects/:p/jobs",
    operation({
      summary: "Jobs of a project, newest first",
      tag,
      query: ListQuery,
      response: { status: 200, schema: page(Job) },
    }),
    async (c) => {
      const { studio, project } = await projectAsked(c);
      const where = { tenant_id: project.tenant_id, project_id: project.id };
      return c.json(await listed(studio.jobs, where, parseQuery(c, ListQuery)));
    },
  );

  app.get(
    "/jobs",
    operation({
      summary: "All jobs of the studio, newest first",
      tag,
      query: ListQuery,
      response: { status: 200, schema: page(Job) },
    }),
    async (c) => {
      const user = requireUser(c);
      return c.json(
        await listed(c.get("studio").jobs, { tenant_id: user.tenant_id }, parseQuery(c, ListQuery)),
      );
    },
  );

  app.get(
    "/jobs/:j",
    operation({
      summary: "A job, with why it waits or how far it is",
      tag,
      response: { status: 200, schema: Job },
    }),
    async (c) => {
      const user = requireUser(c);
      const { jobs } = c.get("studio");
      const [view] = await jobs.view([await jobs.find(user.tenant_id, c.req.param("j"))]);
      return c.json(view!);
    },
  );

  app.get(
    "/jobs/:j/events",
    operation({
      summary: "The story of a job in sentences",
      tag,
      response: { status: 200, schema: Story },
    }),
    async (c) => {
      const user = requireUser(c);
      const { jobs } = c.get("studio");
      const job = await jobs.find(user.tenant_id, c.req.param("j"));
      return c.json({ items: await jobs.story(job.id) });
    },
  );

  app.get(
    "/jobs/:j/log",
    operation({
      summary: "What the machine said last about a job that runs or failed, without prompts and secrets",
      tag,
      response: { status: 200, schema: JobLog },
    }),
    async (c) => {
      const user = requireUser(c);
      const { jobs } = c.get("studio");
      return c.json(await jobs.log(await jobs.find(user.tenant_id, c.req.param("j"))));
    },
  );

  app.get(
    "/jobs/:j/image",
    operation({
      summary: "The last picture of a job that runs or failed",
      tag,
      response: { status: 200, description: "JPEG", contentType: "image/jpeg" },
    }),
    async (c) => {
      const user = requireUser(c);
      const { jobs } = c.get("studio");
      const jpeg = await jobs.image(await jobs.find(user.tenant_id, c.req.param("j")));
      return c.body(jpeg as Uint8Array<ArrayBuffer>, 200, {
        "content-type": "image/jpeg",
        "cache-control": "private, no-store",
      });
    },
  );

  app.post(
    "/jobs/:j/cancel",
    operation({
      summary: "Cancel a job: at once while it waits, with the agent's next heartbeat while it runs",
      tag,
      may: "run",
      response: { status: 202, schema: Job },
    }),
    async (c) => {
      const user = requireUser(c);
      const { studio, project } = await ownJob(c.get("studio"), user.tenant_id, c.req.param("j"));
      const [view] = await studio.jobs.view([
        await studio.jobs.cancel(project, c.req.param("j"), user.name),
      ]);
      return c.json(view!, 202);
    },
  );

  app.post(
    "/jobs/:j/retry",
    operation({
      summary: "A failed or cancelled job once more, under the same take number",
      tag,
      may: "run",
      response: { status: 202, schema: Job },
    }),
    async (c) => {
      const user = requireUser(c);
      const { studio, project } = await ownJob(c.get("studio"), user.tenant_id, c.req.param("j"));
      const [view] = await studio.jobs.view([
        await studio.jobs.retry(project, c.req.param("j"), user.name, user.user_id),
      ]);
      return c.json(view!, 202);
    },
  );

  app.patch(
    "/jobs/:j",
    operation({
      summary: "Change a job's priority (9 is first), or put it before another waiting job of its project",
      tag,
      may: "run",
      body: UpdateJob,
      response: { status: 200, schema: Job },
    }),
    async (c) => {
      const user = requireUser(c);
      const body = await parseBody(c, UpdateJob);
      const { studio, project } = await ownJob(c.get("studio"), user.tenant_id, c.req.param("j"));
      const id = c.req.param("j");
      const job = "priority" in body
        ? await studio.jobs.setPriority(project, id, body.priority)
        : await studio.jobs.placeBefore(project, id, body.before);
      const [view] = await studio.jobs.view([job]);
      return c.json(view!);
    },
  );

  app.get(
    "/projects/:p/placement",
    operation({
      summary: "On which machines a project's work runs, and on which not",
      tag,
      response: { status: 200, schema: Placement },
    }),
    async (c) => {
      const { studio, project } = await projectAsked(c);
      return c.json(await studio.jobs.placement(project));
    },
  );

  app.put(
    "/projects/:p/placement",
    operation({
      summary: "Run a project, a node or a job on certain machines only, or keep it off some",
      description:
        "Takes the place of the rules that the same project, node or job had; what waits obeys at once.",
      tag,
      may: "make",
      body: SetPlacement,
      response: { status: 200, schema: Placement },
    }),
    async (c) => {
      const { studio, user, project } = await projectToChange(c);
      return c.json(await studio.jobs.setPlacement(project, user, await parseBody(c, SetPlacement)));
    },
  );

  return app;
}

async function listed(
  jobs: Studio["jobs"],
  where: { tenant_id: string; project_id?: string },
  query: z.infer<typeof ListQuery>,
) {
  const { items, next } = await jobs.list(
    { ...where, ...(query.state ? { states: query.state } : {}) },
    { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) },
  );
  return { items: await jobs.view(items), ...(next === undefined ? {} : { next }) };
}

/** The job's project, when it may be changed. */
async function ownJob(
  studio: Studio,
  tenantId: string,
  jobId: string,
): Promise<{ studio: Studio; project: ProjectRow }> {
  const job = await studio.jobs.find(tenantId, jobId);
  return { studio, project: await studio.projects.findForChange(tenantId, job.project_id) };
}
