import assert from "node:assert/strict";
import { addTaker, deliver, leaseOf, openJobStudio, queue } from "./jobs/testing.ts";
import { routesOf } from "./http/mod.ts";

/** A body that each route with an id and a body takes, so that only the id can be wrong. */
const BODIES: Record<string, unknown> = {
  "PATCH /api/auth/people/:person": { role: "viewer" },
  "PATCH /api/projects/:p": { title: "Taken" },
  "POST /api/projects/:p/duplicates": { title: "Taken" },
  "PUT /api/projects/:p/canvas": { version: 0, graph: { nodes: [], edges: [] } },
  "PATCH /api/projects/:p/canvas": { operations: [{ op: "remove_node", id: "shot" }] },
  "POST /api/projects/:p/jobs": { node_id: "shot" },
  "PATCH /api/jobs/:j": { priority: 9 },
  "POST /api/projects/:p/renders": { assembler: "assembler" },
  "PATCH /api/agents/:agent": { paused: true },
  "POST /api/projects/:p/credits": { amount: 1 },
  "PATCH /api/library/items/:item": { title: "Taken" },
  "POST /api/projects/:p/locks": { path: "01_Assets/Images/a.png" },
};

Deno.test("to another studio nothing of this one is there, whatever it asks for by its real id", async (t) => {
  await using test = await openJobStudio();
  const { jobs, db } = test.studio;
  const project = await test.makeProject("Secret film");
  const tower = await addTaker(test, { agent_name: "Secret tower" });
  await queue(test, project, {});
  const job = await deliver(test, (await jobs.take(tower))!);
  await queue(test, project, {});
  const leased = (await jobs.take(tower))!;
  const [view] = await jobs.view([job]);
  await test.request(`/enter?token=${await test.studio.auth.ownerLink()}`, {}, "nobody");
  const idOf = async (kind: string) => {
    const [row] = await db.sql<{ id: string }[]>`
      select id from tokens where kind = ${kind} and revoked_at is null limit 1`;
    return row!.id;
  };
  const real: Record<string, string> = {
    p: project.id,
    project: project.id,
    t: view!.take_id!,
    job: job.id,
    j: job.id,
    agent: tower.agent_id,
    person: test.artist.user_id,
    token: await idOf("access"),
    session: await idOf("session"),
    runner: "flux-image",
    node: "shot",
    lease: leaseOf(leased),
  };
  // In the library of the other studio the same ids are as unknown; and its own projects are no way in.
  const published = await test.request("/api/library/items", {
    method: "POST",
    json: { project_id: project.id, node_id: "shot", folder: "Styles", title: "Secret style" },
  });
  const item = await published.json();
  const locked = await test.request(`/api/projects/${project.id}/locks`, {
    method: "POST",
    json: { path: "01_Assets/Images/secret.png" },
  });
  Object.assign(real, { item: item.id, v: "1", name: "x.png", lock: (await locked.json()).id });
  const other = await test.secondTenant();
  const theirs = await other.makeProject();
  Object.assign(BODIES, {
    "POST /api/library/items/:item/versions/:v/use": { project_id: theirs.id },
    "POST /api/library/items/:item/versions": { project_id: theirs.id, node_id: "shot" },
  });
  const snapshot = async () =>
    JSON.stringify(
      await db.sql`
        select (select count(*) from audit_log where tenant_id = ${test.owner.tenant_id}) as deeds,
          (select count(*) from tokens where revoked_at is null and tenant_id = ${test.owner.tenant_id}) as tokens,
          (select string_agg(role, ',' order by id) from users where tenant_id = ${test.owner.tenant_id}) as roles,
          (select count(*) from jobs where tenant_id = ${test.owner.tenant_id}) as jobs,
          (select title from projects where id = ${project.id}) as title,
          (select string_agg(title || version, ',') from library_items where tenant_id = ${test.owner.tenant_id}) as items,
          (select count(*) from lfs_locks where tenant_id = ${test.owner.tenant_id}) as locks,
          (select paused from agents where id = ${tower.agent_id}) as paused`,
    );
  const before = await snapshot();

  await t.step("every route with an id answers 404", async () => {
    const failures: string[] = [];
    let asked = 0;
    for (const { method, path, about } of routesOf(test.app)) {
      // Agents have their own token; what runners there are is the same for all.
      if (!path.startsWith("/api/") || !path.includes("/:") || about?.auth === "agent") continue;
      if (path.startsWith("/api/runners/") || path.startsWith("/api/agent/")) continue;
      const name = `${method} ${path}`;
      const url = path.replace(/:(\w+)(?:\{[^}]*\})?/g, (_, each) => real[each] ?? crypto.randomUUID());
      const body = BODIES[name];
      const response = await other.request(url, body === undefined ? { method } : { method, json: body });
      const text = await response.text();
      asked++;
      // Without a line in BODIES a route that takes a body may say that it has none, and nothing else.
      const bodiless = body === undefined && (about?.body ?? about?.bodyType) !== undefined;
      const right = response.status === 404 || (bodiless && [400, 415].includes(response.status));
      if (!right) failures.push(`${name}: ${response.status} ${text.slice(0, 120)}`);
      if (text.includes("Secret")) failures.push(`${name} tells a name`);
    }
    assert.deepEqual(failures, []);
    assert.ok(asked > 20, `only ${asked} were asked`);
  });

  await t.step("an id in a body is as unknown", async () => {
    const json = { user_id: test.artist.user_id };
    assert.equal((await other.request("/api/auth/links", { method: "POST", json })).status, 404);
    const publishing = { project_id: project.id, node_id: "shot", folder: "Styles", title: "Stolen" };
    const stolen = await other.request("/api/library/items", { method: "POST", json: publishing });
    assert.equal(stolen.status, 404);
    // A hash alone opens nothing.
    const [take] = await db.sql<{ oid: string }[]>`select oid from takes where project_id = ${project.id}`;
    const file = { project_id: theirs.id, oid: take!.oid, folder: "Styles", title: "Stolen" };
    const byHash = await other.request("/api/library/items", { method: "POST", json: file });
    assert.equal(byHash.status, 415);
  });

  await t.step("lists and sums are empty of it", async () => {
    const shown: string[] = [];
    for (const { method, path } of routesOf(test.app)) {
      if (method !== "GET" || !path.startsWith("/api/") || path.includes(":") || path === "/api/events") {
        continue;
      }
      const text = await (await other.request(path)).text();
      if (
        /Secret|Test artist/.test(text) ||
        [project.id, job.id, tower.agent_id].some((id) => text.includes(id))
      ) {
        shown.push(path);
      }
    }
    assert.deepEqual(shown, []);
    assert.deepEqual((await (await other.request("/api/usage")).json()).total.attempts, 0);
    assert.equal((await (await test.request("/api/usage")).json()).total.attempts, 1);
  });

  await t.step("nothing of it was changed", async () => assert.equal(await snapshot(), before));
});
