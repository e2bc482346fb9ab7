import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import { openTestStudio } from "../testing/studio.ts";

Deno.test("health, readiness and figures", async (t) => {
  await using studio = await openTestStudio();

  await t.step("a studio that works is ready", async () => {
    const response = await studio.request("/readyz", {}, "nobody");
    assert.equal(response.status, 200);
    const { ok, checks } = await response.json();
    assert.equal(ok, true);
    assert.deepEqual(checks.map((check: { name: string }) => check.name), [
      "gateway",
      "database",
      "program",
      "objects",
      "repositories",
    ]);
  });

  await t.step("the figures count requests by route and show the outbox", async () => {
    await (await studio.request("/api/projects")).body?.cancel();
    await (await studio.request("/api/projects/nothing-here")).body?.cancel();
    const text = await (await studio.request("/metrics", {}, "nobody")).text();
    assert.match(
      text,
      /studio_http_request_duration_seconds_count\{method="GET",route="\/api\/projects\/:p",status="404"\} 1/,
    );
    assert.match(text, /studio_http_request_duration_seconds_bucket\{.*le="\+Inf"\} 1/);
    assert.match(text, /^studio_outbox_depth 0$/m);
    assert.match(text, /^# TYPE studio_jobs gauge$/m);
    assert.match(text, /^studio_data_free_bytes \d+$/m);
    for (const line of text.trimEnd().split("\n")) {
      assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{.+\})? [\d.e+-]+)$/);
    }
  });

  await t.step("a job that waits shows in the queue, with the time it has waited", async () => {
    const project = await studio.makeProject();
    await studio.studio.db.sql`
      insert into jobs (id, tenant_id, project_id, pool, kind, title, runner, capability, vram_mb, fit, priority, fair_key, state,
        spec, created_at)
      values (${uuidv7()}, ${project.tenant_id}, ${project.id}, 'default', 'generate', 'Waits', 'wan', 'wan@high', 1, 1, 5, 1,
        'queued', '{}', now() - interval '90 seconds')`;
    await studio.studio.db.sql`
      insert into outbox (tenant_id, project_id, kind, created_at)
      values (${project.tenant_id}, ${project.id}, 'manifest', now() - interval '90 seconds')`;
    const text = await (await studio.request("/metrics", {}, "nobody")).text();
    assert.match(text, /^studio_outbox_depth [1-9]/m);
    assert.ok(Number(/^studio_outbox_oldest_seconds (.+)$/m.exec(text)![1]) >= 90, text);
    assert.match(text, /^studio_jobs\{state="queued",capability="wan@high"\} 1$/m);
    const waited = /^studio_queue_oldest_seconds\{capability="wan@high"\} (.+)$/m.exec(text);
    assert.ok(Number(waited?.[1]) >= 90, text);
    const runnable = async () =>
      Number(
        /^studio_queue_runnable_oldest_seconds (.+)$/m.exec(
          await (await studio.request("/metrics")).text(),
        )![1],
      );
    assert.equal(await runnable(), 0, "nobody is there who could");
    const agent = await studio.joinAgent({ capabilities: ["wan@high"] });
    assert.ok(await runnable() >= 90);
    await studio.studio.db.sql`update agents set paused = true where id = ${agent.id}`;
    assert.equal(await runnable(), 0, "nor while it is paused");
  });

  await t.step("the figures are for this machine: not through a proxy, not from elsewhere", async () => {
    const proxied = await studio.request("/metrics", { headers: { "x-forwarded-for": "127.0.0.1" } });
    assert.equal(proxied.status, 403);
    await proxied.body?.cancel();
    const afar = await studio.app.request("/metrics", {}, { remoteAddr: { hostname: "192.0.2.7" } });
    assert.equal(afar.status, 403);
    await afar.body?.cancel();
  });

  await t.step("a part that fails is named, with 503", async () => {
    const { objects } = studio.studio;
    studio.studio.objects = {
      ...objects,
      head: () => Promise.reject(new Error("bucket credentials expired")),
    };
    const response = await studio.request("/readyz", {}, "nobody");
    studio.studio.objects = objects;
    assert.equal(response.status, 503);
    const text = await response.text();
    assert.match(text, /"objects","ok":false,"problem":"cannot be read"/);
    assert.ok(!text.includes("credentials"));
  });

  await t.step("one that is older than what took something away is not ready", async () => {
    const { sql } = studio.studio.db;
    await sql`insert into migrations (name, contracts) values ('9999_takes_away.sql', true)`;
    const response = await studio.request("/readyz", {}, "nobody");
    await sql`delete from migrations where name = '9999_takes_away.sql'`;
    assert.equal(response.status, 503);
    assert.match(await response.text(), /"program","ok":false,"problem":"is older than the database/);
  });

  await t.step("a gateway that shuts down is not ready", async () => {
    studio.studio.close();
    const response = await studio.request("/readyz", {}, "nobody");
    assert.equal(response.status, 503);
    assert.match(await response.text(), /is shutting down/);
  });
});

Deno.test("with METRICS_TOKEN the figures want it, from loopback, too", async () => {
  await using studio = await openTestStudio({ env: { METRICS_TOKEN: "for-prometheus" } });
  const without = await studio.request("/metrics", {}, "nobody");
  assert.equal(without.status, 401);
  await without.body?.cancel();
  const wrong = await studio.request("/metrics", {}, "for-prometheuz");
  assert.equal(wrong.status, 401);
  await wrong.body?.cancel();
  const right = await studio.request(
    "/metrics",
    { headers: { "x-forwarded-for": "10.0.0.1" } },
    "for-prometheus",
  );
  assert.equal(right.status, 200);
  await right.body?.cancel();
});
