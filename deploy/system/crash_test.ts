import assert from "node:assert/strict";
import type { Graph } from "../../shared/canvas/graph.ts";
import type { JobView, Project } from "../demo/client.ts";
import { startPostgres } from "../testing/postgres.ts";
import { assertAgreement } from "./agree.ts";
import { type Farm, type FarmAgent, openFarm, within } from "./farm.ts";

/**
 * Whatever dies at whatever moment: every job ends, no take is lost or doubled, Git and Postgres agree. The proxy between agent
 * and gateway stops the agent's request at the moment that is meant, so nothing here depends on speed.
 */

const REPORT = /^\/api\/agent\/leases\/[^/]+\/complete$/;
const MOMENTS = [
  { name: "in mid-render", method: "POST", path: /^\/api\/agent\/heartbeat$/, where: "before" },
  { name: "in mid-upload", method: "PUT", path: /^\/objects\//, where: "midway" },
  { name: "between upload and report", method: "POST", path: REPORT, where: "before" },
  { name: "after the report, before its answer", method: "POST", path: REPORT, where: "answer" },
] as const;

Deno.test("no crash loses or doubles a take", async (t) => {
  await using server = await startPostgres({ durable: true });
  await using farm = await openFarm({ databaseUrl: server.url });
  const agent = await farm.addAgent("attic");

  for (const moment of MOMENTS) {
    await t.step(`the agent is killed ${moment.name}`, () =>
      story(farm, moment, async () => {
        await agent.kill();
        agent.start();
      }));
    await t.step(`the gateway is killed ${moment.name}`, () =>
      story(farm, moment, async () => {
        await farm.killGateway();
        await farm.startGateway();
      }));
  }
  await t.step("both are killed between upload and report", () =>
    story(farm, MOMENTS[2], async () => {
      await Promise.all([agent.kill(), farm.killGateway()]);
      await farm.startGateway();
      agent.start();
    }));
  await t.step(
    "PostgreSQL is cut off in mid-render",
    () => story(farm, MOMENTS[0], () => server.restart("immediate")),
  );
  await t.step(
    "PostgreSQL restarts between upload and report",
    () => story(farm, MOMENTS[2], () => server.restart("fast")),
  );
  await t.step("an agent that is told to stop hands its lease back unharmed", () => drained(farm, agent));
});

type Moment = (typeof MOMENTS)[number];

let films = 0;

/** Two shots with two takes each; at the moment, the blow; then everything must come to the right end. */
async function story(farm: Farm, moment: Moment, blow: () => Promise<void>): Promise<void> {
  const project = await farm.session.call<Project>("POST", "/projects", {
    title: `Crash ${++films}`,
    width: 320,
    height: 180,
  });
  await farm.session.call("PUT", `/projects/${project.id}/canvas`, { graph: twoShots() });
  const hold = farm.proxy.hold(moment.method, moment.path, moment.where);
  const jobs: JobView[] = [];
  for (const node of ["one", "two"]) {
    jobs.push(
      ...(await farm.session.call<{ jobs: JobView[] }>("POST", `/projects/${project.id}/jobs`, {
        node_id: node,
        takes: 2,
      })).jobs,
    );
  }
  await within(60, "the agent's request to arrive at the proxy", hold.arrived);
  await blow();
  hold.release();
  const ended = await farm.settled(project.id);
  assert.deepEqual(ended.map((job) => [job.state, job.error]), jobs.map(() => ["succeeded", null]));
  const takes = await assertAgreement(farm.session, project, farm.dataDir);
  assert.deepEqual(takes.map((take) => take.job_id).sort(), jobs.map((job) => job.id).sort());
}

async function drained(farm: Farm, agent: FarmAgent): Promise<void> {
  const project = await farm.session.call<Project>("POST", "/projects", {
    title: `Drain ${++films}`,
    width: 320,
    height: 180,
  });
  await farm.session.call("PUT", `/projects/${project.id}/canvas`, { graph: twoShots() });
  const hold = farm.proxy.hold("POST", REPORT, "before");
  const { jobs } = await farm.session.call<{ jobs: JobView[] }>("POST", `/projects/${project.id}/jobs`, {
    node_id: "one",
    takes: 1,
  });
  await within(60, "the agent's request to arrive at the proxy", hold.arrived);
  const gone = agent.kill("SIGTERM");
  hold.release();
  await gone;
  agent.start();
  const [job] = await farm.settled(project.id);
  assert.equal(job!.id, jobs[0]!.id);
  assert.deepEqual([job!.state, job!.attempt], ["succeeded", 1]);
}

function twoShots(): Graph {
  const shot = (id: string, name: string) => ({
    id,
    type: "shot" as const,
    title: name,
    shot: name,
    position: { x: 0, y: 0 },
    prompt: `Rain, ${name}`,
    negative_prompt: "",
    seed: 1,
    seed_locked: false,
    runner: "animatic",
    params: {},
    duration: 24,
    trim_in: 0,
  });
  return { nodes: [shot("one", "SHOT-010"), shot("two", "SHOT-020")], edges: [] };
}
