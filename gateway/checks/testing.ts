import assert from "node:assert/strict";
import type { Check, Checks } from "../../shared/api/checks.ts";
import { COMPARE } from "../../shared/jobs/compare.ts";
import { lentTaker } from "../credits/testing.ts";
import type { JobRow, Taker } from "../jobs/mod.ts";
import { addTaker, deliver, leaseOf, queue } from "../jobs/testing.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";

const CAN = ["flux-image@standard", COMPARE];

/** A film that is open to the community, every take of which is checked. */
export async function openFilm(test: TestStudio, title = "Salt"): Promise<ProjectRow> {
  const project = await test.makeProject(title);
  await test.request(`/api/projects/${project.id}`, { method: "PATCH", json: { trust: "anyone" } });
  await setShare(test, 1);
  return project;
}

export async function setShare(test: TestStudio, share: number, per_day = 100): Promise<void> {
  const answer = await test.request("/api/checks/settings", {
    method: "PUT",
    json: { share, probation_share: share, per_day },
  });
  assert.equal(answer.status, 200, await answer.text());
}

export function community(test: TestStudio, lender: UserPrincipal, name: string): Promise<Taker> {
  return lentTaker(test, lender, name, { capabilities: CAN });
}

export async function own(test: TestStudio, name: string): Promise<Taker> {
  const taker = await addTaker(test, { agent_name: name, capabilities: CAN });
  await test.studio.db.sql`update agents set trust = 'own' where id = ${taker.agent_id}`;
  return { ...taker, trust: "own" };
}

/** A take by this machine. */
export async function takeBy(test: TestStudio, project: ProjectRow, taker: Taker): Promise<JobRow> {
  await queue(test, project, {});
  const job = (await test.studio.jobs.take(taker))!;
  assert.equal(job.check_id, null);
  return await deliver(test, job);
}

/** Its next job, which is of a check. */
export async function checkJob(test: TestStudio, taker: Taker, kind: JobRow["kind"]): Promise<JobRow> {
  await test.studio.checks.advanceAll();
  const job = await test.studio.jobs.take(taker);
  assert.ok(job?.check_id, `${taker.agent_name} has nothing to check`);
  assert.equal(job.kind, kind);
  return job;
}

/** Makes it again: bytes of its own. */
export async function opine(test: TestStudio, taker: Taker): Promise<JobRow> {
  return await deliver(test, await checkJob(test, taker, "generate"));
}

/** Says which pairs are alike: "1 2". */
export async function say(test: TestStudio, taker: Taker, alike: Record<string, boolean>): Promise<void> {
  const job = await checkJob(test, taker, "compare");
  const names = job.spec.inputs.map(({ name }) => name);
  const still = { format: "png", width: 1024, height: 1024, frames: 1, audio: false };
  const comparison = {
    media: Object.fromEntries(names.map((name) => [name, still])),
    contrast: Object.fromEntries(names.map((name) => [name, 50])),
    pairs: Object.entries(alike).map(([pair, same]) => {
      const [a, b] = pair.split(" ");
      return { a, b, psnr: [same ? 34 : 8], hash: [same ? 0 : 30] };
    }),
  };
  const project = (await test.studio.projects.byId(test.studio.db.sql, job.project_id))!;
  const file = await test.studio.lfs.store(project, new TextEncoder().encode(`\x89PNG\r\n\x1a\n ${job.id}`));
  await test.studio.jobs.complete(taker.agent_id, leaseOf(job), {
    file: { ...file, extension: "png" },
    media: { ...still, format: "png" },
    made_with: { comparison },
    seconds: 1,
  });
}

export async function checks(test: TestStudio): Promise<Check[]> {
  const list: Checks = await (await test.request("/api/checks")).json();
  return list.items;
}
