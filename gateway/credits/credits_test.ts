import assert from "node:assert/strict";
import { CREDIT, priceOf, worth } from "../../shared/jobs/price.ts";
import { until } from "../agents/testing.ts";
import { draw, leaseOf, openJobStudio, queue } from "../jobs/testing.ts";
import type { JobRow } from "../jobs/mod.ts";
import { creditsOf, deliverAfter, endow, lentTaker, purseOf, work } from "./testing.ts";

Deno.test("what work is worth: by its tier, never for working slowly", () => {
  assert.equal(worth(60, "low"), CREDIT);
  assert.equal(worth(60, "standard"), 1.5 * CREDIT);
  assert.equal(worth(60, "high"), 2.2 * CREDIT);
  assert.equal(worth(600, null), CREDIT, "ten minutes without a card");
  assert.equal(worth(3600, "low", 60), 3 * CREDIT, "an hour for what takes a minute counts for three");
  assert.equal(worth(-5, "low"), 0);
  assert.equal(priceOf(60, "standard"), worth(60, "standard"), "what it costs is what it earns");
});

Deno.test("credits: earned, given, spent", async (t) => {
  await using test = await openJobStudio();
  const { jobs, db } = test.studio;
  const project = await test.makeProject("Salt");
  await test.request(`/api/projects/${project.id}`, { method: "PATCH", json: { trust: "anyone" } });
  const attic = await lentTaker(test, test.artist, "Attic");
  const give = (amount: number, as: "artist" | "owner" = "artist") =>
    test.request(`/api/projects/${project.id}/credits`, { method: "POST", json: { amount } }, as);

  await t.step("nobody has any before their machine has worked", async () => {
    const { balance, reserved, earned, rule } = await creditsOf(test, "artist");
    assert.deepEqual([balance, reserved, earned], [0, 0, 0]);
    assert.match(rule, /1.5 at Standard/);
    assert.deepEqual((await (await test.request("/api/credits/entries", {}, "artist")).json()).items, []);
    assert.deepEqual((await purseOf(test, project)).givers, []);
    assert.equal((await give(1)).status, 422);
  });

  await t.step(
    "a delivered job earns once, for the machine's owner alone, and a failed one nothing",
    async () => {
      await work(test, project, attic, 120);
      assert.equal((await creditsOf(test, "artist")).balance, 3 * CREDIT);
      assert.equal((await creditsOf(test, "artist")).balance, 3 * CREDIT, "looking earns nothing");
      assert.equal((await creditsOf(test, "owner")).balance, 0);
      await queue(test, project, {});
      const failed = (await jobs.take(attic))!;
      await db.sql`update jobs set started_at = now() - interval '100 seconds' where id = ${failed.id}`;
      await jobs.fail(attic.agent_id, leaseOf(failed), { class: "invalid", message: "It cannot be." });
      assert.equal((await creditsOf(test, "artist")).balance, 3 * CREDIT);
      const { items } = await (await test.request("/api/credits/entries", {}, "artist")).json();
      assert.deepEqual(
        items.map(({ kind, sentence }: { kind: string; sentence: string }) => [kind, sentence]),
        [
          ["earned", "Attic worked for Salt: 2 minutes at Standard."],
        ],
      );
    },
  );

  await t.step("gateways that project the ledger at the same time earn each row once", async () => {
    for (let nth = 0; nth < 3; nth++) await work(test, project, attic, 60);
    await Promise.all(Array.from({ length: 8 }, () => creditsOf(test, "artist")));
    assert.equal((await creditsOf(test, "artist")).balance, 7.5 * CREDIT);
  });

  await t.step("what was earned is given to a film, with a word in the audit log", async () => {
    assert.equal((await give(8 * CREDIT)).status, 422, "more than there is");
    assert.equal((await give(0)).status, 400);
    const given = await give(6 * CREDIT);
    assert.equal(given.status, 201, await given.clone().text());
    const purse = await given.json();
    assert.deepEqual([purse.balance, purse.given], [6 * CREDIT, 6 * CREDIT]);
    assert.deepEqual(purse.givers, [{ name: "Test artist", amount: 6 * CREDIT }]);
    assert.equal((await creditsOf(test, "artist")).balance, 1.5 * CREDIT);
    const audit = await (await test.request("/api/audit?what=credits_given")).json();
    assert.equal(audit.items[0].sentence, 'Test artist gave 6 credits to "Salt".');
    const csv = await (await test.request("/api/credits.csv", {}, "artist")).text();
    assert.match(csv.split("\r\n")[1]!, /,given,-6\.000,Given to Salt\.$/);
  });

  await t.step("whoever gives is named as they want to be, or not at all", async () => {
    const name = (body: unknown) =>
      test.request("/api/credits/name", { method: "PUT", json: body }, "artist").then((done) => done.status);
    assert.equal(await name({ named: true, title_name: "Mira" }), 200);
    assert.deepEqual((await purseOf(test, project)).givers.map((giver) => giver.name), ["Mira"]);
    assert.equal(await name({ named: false, title_name: "Mira" }), 200);
    assert.deepEqual((await purseOf(test, project)).givers.map((giver) => giver.name), [null]);
    assert.match((await purseOf(test, project)).entries[0]!.sentence, /somebody who is not named/);
    assert.equal(await name({ named: true, title_name: "two\nlines" }), 400);
  });

  const node = { type: "generate_image", title: "A lamp", prompt: "a lamp", position: { x: 0, y: 0 } };
  await draw(test, project, [
    { ...node, id: "still", shot: "STILL", runner: "flux-image" } as never,
    { ...node, id: "card", shot: "CARD", runner: "animatic-still" } as never,
  ]);
  const submit = (credits: string | undefined, as: "owner" | "artist" = "artist") =>
    test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", tier: "high", ...(credits ? { credits } : {}) },
    }, as);
  const paid = async (credits: string): Promise<JobRow> => {
    const answer = await submit(credits);
    assert.equal(answer.status, 202, await answer.clone().text());
    return await jobs.find(test.owner.tenant_id, (await answer.json()).jobs[0].id);
  };

  await t.step("a paid job counts half in the fair order, and its price is set aside", async () => {
    const job = await paid("purse");
    assert.deepEqual([job.cost_s, job.estimate_s, job.credits], [30, 60, 2.2 * CREDIT]);
    const { balance, reserved } = await purseOf(test, project);
    assert.deepEqual([balance, reserved], [3.8 * CREDIT, 2.2 * CREDIT]);
    await test.request(`/api/jobs/${job.id}/cancel`, { method: "POST" });
    const after = await purseOf(test, project);
    assert.deepEqual(
      [after.balance, after.reserved, after.spent],
      [6 * CREDIT, 0, 0],
      "cancelled: it comes back",
    );
    await test.request(`/api/jobs/${job.id}/retry`, { method: "POST" });
    assert.equal((await purseOf(test, project)).reserved, 2.2 * CREDIT, "asked for again, it costs again");
  });

  await t.step("what it took is booked at its end, and the rest comes back", async () => {
    const job = (await jobs.take(attic))!;
    await deliverAfter(test, job, 0);
    const { balance, reserved, spent } = await purseOf(test, project);
    // The test machine reports two seconds.
    assert.deepEqual([reserved, spent], [0, worth(2, "high")]);
    assert.equal(balance, 6 * CREDIT - spent);
    assert.equal((await jobs.find(test.owner.tenant_id, job.id)).state, "succeeded");
  });

  await t.step("work without a card costs what it earns", async () => {
    const spentBefore = (await purseOf(test, project)).spent;
    const shelf = await lentTaker(test, test.owner, "Shelf", { capabilities: ["animatic-still@high"] });
    const asked = await test.request(`/api/projects/${project.id}/jobs`, {
      method: "POST",
      json: { node_id: "card", tier: "high", credits: "purse" },
    }, "artist");
    assert.equal(asked.status, 202, await asked.clone().text());
    await deliverAfter(test, (await jobs.take(shelf))!, 0);
    assert.equal((await purseOf(test, project)).spent - spentBefore, worth(2, null));
  });

  await t.step(
    "what failed for good comes back, also when its machine was never heard from again",
    async () => {
      const before = await purseOf(test, project);
      const job = await paid("purse");
      const leased = (await jobs.take(attic))!;
      assert.equal(leased.id, job.id);
      await db
        .sql`update jobs set attempt = max_attempts, lease_until = now() - interval '1 second' where id = ${job.id}`;
      await jobs.sweep();
      assert.equal((await jobs.find(test.owner.tenant_id, job.id)).state, "failed");
      const { balance, reserved } = await purseOf(test, project);
      assert.deepEqual([balance, reserved], [before.balance, 0]);
    },
  );

  await t.step("what was to be cancelled as its machine was started anew comes back", async () => {
    const before = await purseOf(test, project);
    const job = await paid("purse");
    assert.equal((await jobs.take(attic))!.id, job.id);
    await test.request(`/api/jobs/${job.id}/cancel`, { method: "POST" });
    assert.ok((await purseOf(test, project)).reserved > 0, "it runs until its machine has stopped");
    await jobs.freeOtherBoots(attic.agent_id, crypto.randomUUID());
    assert.equal((await jobs.find(test.owner.tenant_id, job.id)).state, "cancelled");
    const { balance, reserved } = await purseOf(test, project);
    assert.deepEqual([balance, reserved], [before.balance, 0]);
  });

  await t.step("whoever asks again for somebody else's job spends none of their credits", async () => {
    await endow(test, test.artist, 5);
    const job = await paid("mine");
    const has = async () => {
      const { balance, reserved } = await creditsOf(test, "artist");
      return [balance, reserved];
    };
    const [balance] = await has();
    const again = async (as: "artist" | "owner") => {
      await test.request(`/api/jobs/${job.id}/cancel`, { method: "POST" }, "owner");
      const answer = await test.request(`/api/jobs/${job.id}/retry`, { method: "POST" }, as);
      assert.equal(answer.status, 202, await answer.text());
    };
    await again("artist");
    assert.deepEqual(await has(), [balance, job.credits], "their own, they do");
    await again("owner");
    assert.deepEqual(await has(), [balance! + job.credits!, 0]);
    const { credits, credits_of, cost_s } = await jobs.find(test.owner.tenant_id, job.id);
    assert.deepEqual([credits, credits_of, cost_s], [null, null, job.cost_s * 2]);
    assert.match((await jobs.story(job.id)).at(-1)!.sentence, /credits of whoever asked first/);
    await jobs.cancel(project, job.id, "Test owner");
  });

  await t.step(
    "without enough, nothing is queued and nothing taken; nor where no community works",
    async () => {
      assert.equal((await submit("mine", "owner")).status, 422, "the owner has none");
      const { items } = await (await test.request(`/api/projects/${project.id}/jobs?state=queued`)).json();
      assert.deepEqual(items, []);
      await test.request(`/api/projects/${project.id}`, { method: "PATCH", json: { trust: "trusted" } });
      const refused = await submit("purse");
      assert.equal(refused.status, 422);
      assert.match((await refused.json()).detail, /community's machines/);
      await test.request(`/api/projects/${project.id}`, { method: "PATCH", json: { trust: "anyone" } });
    },
  );

  await t.step("a purse that many spend from at once never goes below nothing", async () => {
    // What such work took so far decides the price, a moment after it was done.
    await until("what it took to be known", async () => {
      const rows = await db.sql`select from footprints where capability = 'flux-image@high' and runs > 0`;
      return rows.length > 0 || undefined;
    });
    await endow(test, test.artist, 3);
    const { id, credits } = await paid("mine");
    await jobs.cancel(project, id, "Test owner");
    const price = credits!;
    // A little more than four of them.
    const { balance } = await purseOf(test, project);
    const change = 4 * price + 10 - balance;
    await db.sql`
      insert into credit_entries (tenant_id, project_id, kind, amount, job_id)
      values (${project.tenant_id}, ${project.id}, ${
      change < 0 ? "spent" : "received"
    }, ${change}, ${crypto.randomUUID()})`;
    const answers = await Promise.all(Array.from({ length: 12 }, () => submit("purse")));
    assert.equal(answers.filter(({ status }) => status === 202).length, 4);
    assert.equal(answers.filter(({ status }) => status === 422).length, 8);
    const purse = await purseOf(test, project);
    assert.deepEqual([purse.balance, purse.reserved], [10, 4 * price]);
    await endow(test, test.artist, 10);
    const has = (await creditsOf(test, "artist")).balance;
    const gifts = await Promise.all(Array.from({ length: 8 }, () => give(4 * CREDIT)));
    assert.equal(gifts.filter(({ status }) => status === 201).length, Math.floor(has / (4 * CREDIT)));
    assert.ok((await creditsOf(test, "artist")).balance >= 0);
    const [negative] = await db.sql<{ n: number }[]>`
      select count(*)::int as n from (
        select sum(amount) over (partition by user_id, project_id order by id) as sum from credit_entries) running
      where sum < 0`;
    assert.equal(negative!.n, 0, "at no moment");
  });

  await t.step("another studio sees nothing of it", async () => {
    const other = await test.secondTenant();
    assert.equal((await (await other.request("/api/credits")).json()).balance, 0);
    assert.equal((await other.request(`/api/projects/${project.id}/credits`)).status, 404);
  });
});

Deno.test("credits move a film up and nobody starves: it gets at most twice its turns", async () => {
  await using test = await openJobStudio();
  const { jobs, db } = test.studio;
  const [rich, poor] = [await test.makeProject("Rich"), await test.makeProject("Poor")];
  for (const { id } of [rich, poor]) {
    await test.request(`/api/projects/${id}`, { method: "PATCH", json: { trust: "anyone" } });
  }
  await endow(test, test.owner, 10_000);
  await draw(test, rich, [{ id: "still", type: "generate_image", runner: "flux-image" } as never]);
  const attic = await lentTaker(test, test.artist, "Attic");
  for (let nth = 0; nth < 2; nth++) {
    const answer = await test.request(`/api/projects/${rich.id}/jobs`, {
      method: "POST",
      json: { node_id: "still", takes: 15, tier: "standard", credits: "mine" },
    });
    assert.equal(answer.status, 202, await answer.clone().text());
  }
  await queue(test, poor, { count: 30 });
  const order: string[] = [];
  for (let nth = 0; nth < 30; nth++) {
    const job = (await jobs.take(attic))!;
    order.push(job.project_id === rich.id ? "r" : "p");
    await db
      .sql`update jobs set state = 'succeeded', lease_until = null, finished_at = now() where id = ${job.id}`;
  }
  const turns = order.filter((each) => each === "r").length;
  assert.ok(turns >= 18 && turns <= 21, `20 of 30 are twice its turns; it had ${turns}: ${order.join("")}`);
  assert.ok(!order.join("").includes("rrrr"), "the other is never passed over for long");
});
