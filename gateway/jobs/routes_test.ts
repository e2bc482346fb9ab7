import assert from "node:assert/strict";
import { Job } from "../../shared/jobs/job.ts";
import { Submitted } from "../../shared/api/work.ts";
import type { StudioEvent } from "../../shared/events/events.ts";
import { addTaker, draw, leaseOf, openJobStudio } from "./testing.ts";

Deno.test("jobs over HTTP", async (t) => {
  await using studio = await openJobStudio();
  const project = await studio.makeProject();
  await draw(studio, project, [{ id: "still", type: "generate_image", title: "Lamp room" }]);
  const post = (path: string, json?: unknown, as = "artist") =>
    studio.request(path, { method: "POST", ...(json === undefined ? {} : { json }) }, as);
  const heard: StudioEvent[] = [];
  using _ = studio.studio.events.subscribe(
    { tenant_id: project.tenant_id, project_id: project.id },
    (event) => heard.push(event),
  );

  let id = "";
  await t.step("a submission answers 202 with the jobs and where the first one is", async () => {
    const answer = await post(`/api/projects/${project.id}/jobs`, { node_id: "still", takes: 2 });
    assert.equal(answer.status, 202);
    const { jobs } = Submitted.parse(await answer.json());
    id = jobs[0]!.id;
    assert.equal(answer.headers.get("location"), `/api/jobs/${id}`);
    assert.deepEqual(jobs.map((job) => job.state), ["queued", "queued"]);
    assert.equal(jobs[0]!.waiting!.reason, "no_agent");
    const view = Job.parse(await (await studio.request(`/api/jobs/${id}`)).json());
    assert.equal(view.title, "Lamp room, take 1");
  });

  await t.step("lists are paged, newest first, and filtered by state", async () => {
    const first =
      await (await studio.request(`/api/projects/${project.slug}/jobs?limit=1&state=queued,leased`)).json();
    assert.equal(first.items.length, 1);
    const second = await (await studio.request(`/api/jobs?limit=1&cursor=${first.next}`)).json();
    assert.equal(second.items[0].id, id);
    assert.equal(second.next, undefined);
    assert.deepEqual((await (await studio.request("/api/jobs?state=failed")).json()).items, []);
    assert.equal((await studio.request("/api/jobs?state=asleep")).status, 400);
    assert.equal((await studio.request("/api/jobs?cursor=x")).status, 400);
  });

  await t.step("priority, cancel and retry change it, and screens hear of each", async () => {
    const patched = await studio.request(
      `/api/jobs/${id}`,
      { method: "PATCH", json: { priority: 9 } },
      "artist",
    );
    assert.equal((await patched.json()).priority, 9);
    assert.equal(
      (await studio.request(`/api/jobs/${id}`, { method: "PATCH", json: { priority: 10 } })).status,
      400,
    );
    const cancelled = await post(`/api/jobs/${id}/cancel`);
    assert.deepEqual([cancelled.status, (await cancelled.json()).state], [202, "cancelled"]);
    const again = await post(`/api/jobs/${id}/retry`);
    assert.deepEqual([again.status, (await again.json()).state], [202, "queued"]);
    assert.equal((await post(`/api/jobs/${id}/retry`)).status, 409);
    const mine = heard.flatMap((event) => event.type === "job" && event.job.id === id ? [event] : []);
    assert.deepEqual(mine.map((event) => [event.previous, event.job.state]), [
      [null, "queued"],
      ["queued", "queued"],
      ["queued", "cancelled"],
      ["cancelled", "queued"],
    ]);
  });

  await t.step("the story is told in order", async () => {
    const { items } = await (await studio.request(`/api/jobs/${id}/events`)).json();
    assert.deepEqual(items.map((line: { kind: string }) => line.kind), [
      "queued",
      "priority",
      "cancel",
      "again",
    ]);
    assert.equal(items[2].sentence, "Test artist cancelled it.");
  });

  await t.step("progress is passed on as it comes, previews only while somebody looks", async () => {
    const tower = await addTaker(studio);
    const { jobs } = studio.studio;
    const job = (await jobs.take(tower))!;
    const progress = { stage: "Sampling 3 of 30", progress: 0.1 };
    await jobs.heartbeat(tower.agent_id, {
      boot_id: tower.boot_id,
      draining: false,
      leases: [{ lease: leaseOf(job), progress }],
    });
    await jobs.preview(tower.agent_id, leaseOf(job), new Uint8Array([0xff, 0xd8, 1]));
    assert.deepEqual(heard.findLast((event) => event.type === "progress"), {
      type: "progress",
      job_id: job.id,
      progress,
    });
    assert.deepEqual(heard.findLast((event) => event.type === "preview"), {
      type: "preview",
      job_id: job.id,
      jpeg: "/9gB",
    });
    await assert.rejects(
      jobs.preview(tower.agent_id, leaseOf(job), new Uint8Array([1, 2])),
      /A preview is a JPEG/,
    );
    await assert.rejects(
      jobs.preview(tower.agent_id, leaseOf(job), new Uint8Array(300_000)),
      /at most 256 KiB/,
    );
  });

  await t.step("viewers look, strangers find nothing, rubbish is refused", async () => {
    const path = `/api/projects/${project.id}/jobs`;
    assert.equal((await post(path, { node_id: "still" }, "viewer")).status, 403);
    assert.equal((await post(`/api/jobs/${id}/cancel`, undefined, "viewer")).status, 403);
    assert.equal((await studio.request(`/api/jobs/${id}`, {}, "viewer")).status, 200);
    assert.equal((await studio.request(`/api/jobs/${id}`, {}, "nobody")).status, 401);
    const elsewhere = await studio.secondTenant();
    for (
      const [method, url] of [
        ["GET", `/api/jobs/${id}`],
        ["GET", `/api/jobs/${id}/events`],
        ["POST", `/api/jobs/${id}/cancel`],
        ["POST", `/api/jobs/${id}/retry`],
        ["GET", path],
        ["GET", "/api/jobs/not-an-id"],
      ]
    ) assert.equal((await elsewhere.request(url!, { method: method! })).status, 404, url);
    assert.deepEqual((await (await elsewhere.request("/api/jobs")).json()).items, []);
    assert.equal((await post(path, { node_id: "still", takes: 0 })).status, 400);
    assert.equal((await post(path, { node_id: "still", colour: "red" })).status, 400);
    assert.equal((await post(path, { node_id: "nope" })).status, 404);
    assert.equal(
      (await studio.request(path, {
        method: "POST",
        body: "{",
        headers: { "content-type": "application/json" },
      })).status,
      400,
    );
  });
});
