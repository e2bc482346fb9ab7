import assert from "node:assert/strict";
import type { Trust } from "../../shared/jobs/trust.ts";
import type { ProjectRow } from "../projects/mod.ts";
import type { TestStudio } from "../testing/studio.ts";
import { addTaker, draw, forgetRoster, openJobStudio, queue } from "./testing.ts";

const ABLE = ["flux-image@standard"];

async function machine(test: TestStudio, name: string, trust: Trust, owner_id: string | null = null) {
  const taker = await addTaker(test, { agent_name: name, capabilities: ABLE, vram_mb: 16 * 1024 });
  await test.studio.db.sql`
    update agents set trust = ${trust}, owner_id = ${owner_id} where id = ${taker.agent_id}`;
  await forgetRoster(test.studio);
  return { ...taker, trust, owner_id };
}

const change = (test: TestStudio, project: ProjectRow, json: unknown, as?: "artist") =>
  test.request(`/api/projects/${project.id}`, { method: "PATCH", json }, as);

const place = async (test: TestStudio, project: ProjectRow, json: unknown) => {
  const answer = await test.request(
    `/api/projects/${project.id}/placement`,
    { method: "PUT", json },
    "artist",
  );
  return { status: answer.status, body: await answer.json() };
};

const why = async (test: TestStudio, id: string) =>
  (await (await test.request(`/api/jobs/${id}`)).json()).waiting as { reason: string; sentence: string };

Deno.test("where work may run", async (t) => {
  await using test = await openJobStudio();
  const { jobs } = test.studio;
  const film = await test.makeProject("Lighthouse");
  const rack = await machine(test, "Rack", "own");
  const friend = await machine(test, "Friend", "trusted");
  const stranger = await machine(test, "Stranger", "anyone");
  const empty = async () => {
    await test.studio.db.sql`
      update jobs set state = 'cancelled', lease_until = null, resting = false, finished_at = now()
      where state in ('queued', 'leased', 'blocked')`;
    await test.studio.db.sql`delete from agent_rules`;
  };

  await t.step("by itself a project's work runs on the studio's own and on trusted machines", async () => {
    assert.equal((await (await test.request(`/api/projects/${film.id}`)).json()).trust, "trusted");
    await queue(test, film, { count: 2 });
    assert.equal(await jobs.take(stranger), null);
    assert.match((await jobs.idleReasons(stranger)).sentence, /2 are for own and trusted machines only/);
    assert.ok(await jobs.take(friend));
    assert.ok(await jobs.take(rack));
    await empty();
  });

  await t.step("what waits obeys a stricter project at once, and says who could", async () => {
    const [job] = await queue(test, film);
    assert.equal((await change(test, film, { trust: "own" }, "artist")).status, 200);
    assert.equal(await jobs.take(friend), null);
    await test.studio.db.sql`update agents set paused = true where id = ${rack.agent_id}`;
    await forgetRoster(test.studio);
    assert.deepEqual(await why(test, job!.id), {
      reason: "permission",
      sentence: "2 cards could do this (Friend and Stranger), but the project only allows own machines.",
    });
    await test.studio.db.sql`update agents set paused = false where id = ${rack.agent_id}`;
    await forgetRoster(test.studio);
    assert.equal((await why(test, job!.id)).reason, "next");
    assert.ok(await jobs.take(rack));
    await empty();
  });

  await t.step("only an owner lets more machines in, and that is written down", async () => {
    const refused = await change(test, film, { trust: "anyone" }, "artist");
    assert.equal(refused.status, 403);
    assert.match((await refused.json()).detail, /Only an owner/);
    await queue(test, film);
    assert.equal((await change(test, film, { trust: "anyone" })).status, 200);
    assert.ok(await jobs.take(stranger));
    const [entry] = (await (await test.request("/api/audit?what=placement_changed&limit=1")).json()).items;
    assert.match(entry.sentence, /lets "Lighthouse" run on anyone's machines/);
    await change(test, film, { trust: "trusted" });
    await empty();
  });

  await t.step("a shot may be stricter than its project, never freer", async () => {
    await draw(test, film, [{
      id: "face",
      type: "generate_image",
      runner: "flux-image",
      sensitivity: "own",
    }]);
    const submit = async () => {
      const answer = await test.request(`/api/projects/${film.id}/jobs`, {
        method: "POST",
        json: { node_id: "face" },
      });
      assert.equal(answer.status, 202, await answer.clone().text());
      return (await answer.json()).jobs[0];
    };
    const job = await submit();
    assert.deepEqual(job.place, { trust: "own", only: [], never: [] });
    assert.equal(await jobs.take(friend), null);
    assert.equal((await jobs.take(rack))!.id, job.id);
    await change(test, film, { trust: "own" });
    await draw(test, film, [{
      id: "face",
      type: "generate_image",
      runner: "flux-image",
      sensitivity: "anyone",
    }]);
    assert.equal((await submit()).place.trust, "own");
    await change(test, film, { trust: "trusted" });
    await empty();
  });

  await t.step("a job is run on one machine, kept off another, and says so while it waits", async () => {
    const [pinned, other] = await queue(test, film, { count: 2 });
    const set = await place(test, film, { job_id: pinned!.id, only: [friend.agent_id] });
    assert.equal(set.status, 200);
    assert.deepEqual(set.body.rules.map((rule: { agent: string; rule: string }) => [rule.agent, rule.rule]), [
      ["Friend", "only"],
    ]);
    assert.equal((await jobs.take(rack))!.id, other!.id);
    assert.equal(await jobs.take(rack), null);
    assert.match((await jobs.idleReasons(rack)).sentence, /1 is to run on other machines/);
    await test.studio.db
      .sql`update agents set last_seen_at = now() - interval '1 hour' where id = ${friend.agent_id}`;
    await forgetRoster(test.studio);
    assert.deepEqual(await why(test, pinned!.id), {
      reason: "pinned",
      sentence: "It is to run on Friend alone, and Friend is offline.",
    });
    await test.studio.db
      .sql`update agents set last_seen_at = now() + interval '1 hour' where id = ${friend.agent_id}`;
    await forgetRoster(test.studio);
    assert.equal((await jobs.take(friend))!.id, pinned!.id);
    await empty();

    const [kept] = await queue(test, film);
    await place(test, film, { job_id: kept!.id, never: [friend.agent_id, rack.agent_id] });
    assert.equal(await jobs.take(friend), null);
    assert.deepEqual(await why(test, kept!.id), {
      reason: "pinned",
      sentence:
        "Needs flux-image at Standard (15 GB); Friend and Rack could make it, but it is kept off them.",
    });
    await place(test, film, { job_id: kept!.id });
    assert.equal((await jobs.take(friend))!.id, kept!.id);
    await empty();
  });

  await t.step(
    "a node's machines go before its project's; a new job has them, and a machine that is removed binds nobody",
    async () => {
      await place(test, film, { only: [rack.agent_id] });
      await place(test, film, { node_id: "still", only: [friend.agent_id] });
      const [job] = await queue(test, film);
      assert.equal(await jobs.take(rack), null);
      await test.request(`/api/agents/${friend.agent_id}`, { method: "DELETE" });
      assert.equal((await jobs.take(rack))!.id, job!.id);
      await place(test, film, {});
      await empty();
    },
  );

  await t.step("work is for machines with a tag, or kept off them, and says so while it waits", async () => {
    const tag = async (id: string, tags: string[], as?: "artist") => {
      const answer = await test.request(`/api/agents/${id}`, { method: "PATCH", json: { tags } }, as);
      await answer.body?.cancel();
      return answer.status;
    };
    const [job] = await queue(test, film);
    const set = await place(test, film, { node_id: "still", only_tags: ["4090"] });
    assert.equal(set.status, 200);
    assert.deepEqual(set.body.tags, [
      { node_id: "still", job_id: null, tag: "4090", rule: "only", set_by: "Test artist" },
    ]);
    assert.equal(await jobs.take(rack), null);
    assert.match((await jobs.idleReasons(rack)).sentence, /1 is only for machines tagged 4090/);
    assert.deepEqual(await why(test, job!.id), {
      reason: "pinned",
      sentence: "It is to run only on machines tagged 4090, and no machine has that tag.",
    });
    assert.equal(await tag(rack.agent_id, ["4090"], "artist"), 403);
    assert.equal(await tag(rack.agent_id, ["no tag"]), 400);
    assert.equal(await tag(rack.agent_id, ["4090", "studio-b"]), 200);
    await forgetRoster(test.studio);
    assert.equal((await why(test, job!.id)).reason, "next");
    assert.deepEqual((await (await test.request(`/api/jobs/${job!.id}`)).json()).place.only_tags, ["4090"]);
    assert.equal(await jobs.take({ ...rack, tags: ["studio"] }), null, "a part of a tag is none");
    assert.equal((await jobs.take({ ...rack, tags: ["4090", "studio-b"] }))!.id, job!.id);
    await place(test, film, { node_id: "still" });

    const [kept] = await queue(test, film);
    await place(test, film, { never_tags: ["studio-b"], never: [stranger.agent_id] });
    assert.equal(await jobs.take({ ...rack, tags: ["4090", "studio-b"] }), null);
    assert.match(
      (await jobs.idleReasons({ ...rack, tags: ["studio-b"] })).sentence,
      /1 is kept off this machine/,
    );
    assert.match(
      (await why(test, kept!.id)).sentence,
      /Rack could make it, but it is kept off .*not on machines tagged studio-b/,
    );
    const many = (await test.studio.db.sql<{ id: string }[]>`
      insert into agents (id, tenant_id, name, pools, facts)
      select gen_random_uuid(), ${film.tenant_id}, 'rack-' || n, '{default}', facts
      from generate_series(1, 60) n, agents where id = ${rack.agent_id} returning id`).map(({ id }) => id);
    const named = await place(test, film, { never: many });
    assert.equal(named.status, 422);
    assert.match(named.body.detail, /Give them a tag/);
    await test.studio.db.sql`delete from agents where id = any(${many}::uuid[])`;
    const both = await place(test, film, { only_tags: ["a"], never_tags: ["a"] });
    assert.equal(both.status, 422);
    assert.equal((await place(test, film, { only_tags: ["#a|b"] })).status, 400);
    await place(test, film, {});
    assert.equal((await jobs.take({ ...rack, tags: ["studio-b"] }))!.id, kept!.id);
    await tag(rack.agent_id, []);
    await forgetRoster(test.studio);
    await empty();
  });

  await t.step("rules name this studio's machines and one of the two", async () => {
    const other = await test.secondTenant();
    const theirs = await other.makeProject();
    assert.equal((await place(test, theirs, {})).status, 404);
    const twice = await place(test, film, { only: [rack.agent_id], never: [rack.agent_id] });
    assert.equal(twice.status, 422);
    assert.equal((await place(test, film, { only: [theirs.id] })).status, 404);
    assert.equal((await place(test, film, { job_id: theirs.id })).status, 404);
  });

  await t.step("whoever lends a machine has their own work on it first", async () => {
    const lent = await machine(test, "Lent", "trusted", test.artist.user_id);
    await queue(test, film, { count: 5 });
    const [mine] = await queue(test, film);
    await test.studio.db.sql`update jobs set asker_id = ${test.artist.user_id} where id = ${mine!.id}`;
    assert.equal((await jobs.take(lent))!.id, mine!.id);
    assert.ok(await jobs.take(lent), "then everybody's");
    await empty();
  });
});
