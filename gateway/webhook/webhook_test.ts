import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../config.ts";
import { addTaker, deliver, openJobStudio, queue } from "../jobs/testing.ts";
import type { TestStudio } from "../testing/studio.ts";
import { signMessage, startWebhook } from "./mod.ts";
import { ledgerOf, once, SECRET, startReceiver } from "./testing.ts";

/** As quick as a test wants it. */
const QUICK = { everyMs: 20, patienceMs: 500, afterS: 0.02, mostS: 0.2 };

Deno.test("a message is signed as the Standard Webhooks specification says", () => {
  const signed = signMessage("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  });
  assert.equal(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

Deno.test("a webhook without a secret, with a short one, or in the clear is refused", () => {
  const url = "https://billing.example/usage";
  assert.deepEqual(parseConfig({ WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET }).webhook, {
    url,
    secret: SECRET,
  });
  for (
    const wrong of [
      { WEBHOOK_URL: url },
      { WEBHOOK_SECRET: SECRET },
      { WEBHOOK_URL: url, WEBHOOK_SECRET: "whsec_short" },
      { WEBHOOK_URL: url, WEBHOOK_SECRET: `whsec_${"A".repeat(33)}` },
      { WEBHOOK_URL: "http://billing.example", WEBHOOK_SECRET: SECRET },
    ]
  ) assert.throws(() => parseConfig(wrong), ConfigError);
});

Deno.test("a billing system hears of everything that was used, in order, whatever it does meanwhile", async (t) => {
  await using receiver = startReceiver();
  await using test = await openTold(receiver.url);
  const { studio, owner } = test;
  const salt = await usedBy(test);
  const told = () => once(receiver.taken).map(({ data }) => data.id);

  await t.step("work goes on without it, and what ended is told later", async () => {
    await salt.use(2);
    assert.equal(receiver.came.length, 0, "nobody sends yet");
    const figures = await (await test.request("/metrics")).text();
    assert.match(figures, /^studio_webhook_waiting 4$/m);
    assert.ok(Number(/^studio_webhook_oldest_seconds (.+)$/m.exec(figures)![1]) > 0);
    const ledger = await ledgerOf(test, owner.tenant_id);
    assert.equal(ledger.length, 4);
    await using _sender = startWebhook(studio, QUICK);
    await receiver.until("four messages", ({ taken }) => taken.length === 4);
    assert.deepEqual(told(), ledger);
    const [first] = receiver.taken;
    assert.match(first!.id, /^msg_[0-9a-f-]{36}$/);
    assert.equal(first!.data.studio, owner.tenant_slug);
    assert.deepEqual(receiver.taken.map(({ data }) => data.kind), [
      "gpu_seconds",
      "storage_bytes",
      "gpu_seconds",
      "storage_bytes",
    ]);
    assert.ok(receiver.taken[1]!.data.amount > 0);
  });

  await t.step(
    "it fails, hangs and sends elsewhere: the same message comes again, and no later one before it",
    async () => {
      const answers = [
        () => new Response("no", { status: 500 }),
        () =>
          new Promise<Response>((resolve) =>
            setTimeout(() => resolve(new Response(null, { status: 503 })), 1500)
          ),
        () => Response.redirect(`${receiver.url}/elsewhere`, 307),
        () => new Response(null, { status: 410 }),
      ];
      const before = receiver.came.length;
      receiver.answer = () => answers.shift()?.() ?? new Response(null, { status: 200 });
      await salt.use(2);
      await using _sender = startWebhook(studio, QUICK);
      await receiver.until("eight messages", ({ taken }) => taken.length === 8);
      const came = receiver.came.slice(before);
      assert.equal(new Set(came.slice(0, 5).map(({ id }) => id)).size, 1, "five times the first one");
      assert.deepEqual(told(), await ledgerOf(test, owner.tenant_id));
      assert.equal(came.length, 8, "and no redirect was followed");
      assert.ok(test.lines.some((line) => line.includes("redirects are not followed")));
      assert.ok(test.lines.some((line) => line.includes("did not answer within")));
    },
  );

  await t.step("a gateway that ends while it sends leaves it to the next", async () => {
    const held = Promise.withResolvers<Response>();
    receiver.answer = () => held.promise;
    const before = receiver.came.length;
    await salt.use(1);
    {
      await using _dying = startWebhook(studio, { ...QUICK, patienceMs: 60_000 });
      await receiver.until("one on its way", ({ came }) => came.length > before);
    }
    held.resolve(new Response(null, { status: 500 }));
    receiver.answer = () => new Response(null, { status: 200 });
    await using _next = startWebhook(studio, QUICK);
    await receiver.until("all ten", () => told().length === 10);
    assert.deepEqual(told(), await ledgerOf(test, owner.tenant_id));
  });

  await t.step(
    "three gateways together send each studio's in order, and one that fails holds up no other",
    async () => {
      const pepper = await usedBy(test, "Pepper");
      receiver.answer = ({ data }) =>
        new Response(null, { status: data.tenant_id === owner.tenant_id && refusing ? 500 : 200 });
      let refusing = true;
      await Promise.all([salt.use(3), pepper.use(3)]);
      await using senders = new AsyncDisposableStack();
      for (let gateway = 0; gateway < 3; gateway++) senders.use(startWebhook(studio, QUICK));
      const toldOf = (tenant: string) =>
        once(receiver.taken.filter(({ data }) => data.tenant_id === tenant)).map(({ data }) => data.id);
      await receiver.until("all of Pepper's", () => toldOf(pepper.tenantId).length === 6);
      refusing = false;
      await receiver.until("all of Salt's", () => toldOf(owner.tenant_id).length === 16);
      for (const tenant of [owner.tenant_id, pepper.tenantId]) {
        assert.deepEqual(toldOf(tenant), await ledgerOf(test, tenant));
      }
    },
  );

  await t.step("what was told is forgotten; the ledger stays", async () => {
    const [left] = await studio.db.sql<{ n: number }[]>`select count(*)::int as n from webhook_messages`;
    assert.equal(left!.n, 0);
    assert.equal((await ledgerOf(test, owner.tenant_id)).length, 16);
  });
});

/** A studio whose ledger is told, by nobody yet: the test starts who tells it. */
async function openTold(url: string): Promise<TestStudio> {
  const test = await openJobStudio();
  test.studio.config.webhook = { url, secret: SECRET };
  return test;
}

/** Work that ends, of the first studio or of another. */
async function usedBy(test: TestStudio, another?: string) {
  const other = another ? await test.secondTenant() : null;
  const as = other ? { ...test, owner: other.owner } : test;
  const project = other ? await other.makeProject(another) : await test.makeProject("Salt");
  const card = await addTaker(as, { tenant_id: as.owner.tenant_id });
  return {
    tenantId: project.tenant_id,
    async use(times: number) {
      for (let time = 0; time < times; time++) {
        await queue(as, project, {});
        await deliver(as, (await test.studio.jobs.take(card))!);
      }
    },
  };
}
