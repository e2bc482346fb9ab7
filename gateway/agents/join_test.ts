import assert from "node:assert/strict";
import { uuidv7 } from "../../shared/ids.ts";
import type { TestAgent } from "../testing/agent.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { agentView } from "./testing.ts";

async function joinCode(test: TestStudio, body: Record<string, unknown> = {}): Promise<string> {
  const made = await test.request("/api/agents/join-codes", { method: "POST", json: body });
  assert.equal(made.status, 201);
  const { code, command, command_windows } = await made.json();
  // Plain http beyond loopback, which this test's studio calls itself by, has to be asked for on both sides.
  const join = `join '${test.studio.config.publicUrl}' ${code} --allow-http`;
  assert.ok(command.includes(`/agent.tar.gz' | tar xzf - && sh agent.sh ${join} && `), command);
  assert.ok(command_windows.includes(`.\\agent.cmd ${join} }`), command_windows);
  return code;
}

const register = (test: TestStudio, agent: TestAgent, code: string, name = "tower") =>
  test.request("/api/agent/register", { method: "POST", json: { name, facts: agent.facts } }, code);

Deno.test("joining a studio", async (t) => {
  await using test = await openTestStudio();
  const known = await test.joinAgent({ name: "known" });

  await t.step("a join code lets one agent in, once", async () => {
    const code = await joinCode(test);
    const joined = await register(test, known, code);
    assert.equal(joined.status, 201);
    const { agent_id, name, token, store_origins } = await joined.json();
    assert.equal(name, "tower");
    assert.ok(Array.isArray(store_origins));
    assert.equal((await agentView(test, agent_id)).state, "offline");
    const again = await register(test, known, code);
    assert.equal(again.status, 401);
    assert.match((await again.json()).detail, /used or has expired/);
    const [row] = await test.studio.db.sql`
      select agent_id from tokens where hash = sha256(convert_to(${token}, 'UTF8'))`;
    assert.equal(row!.agent_id, agent_id);
  });

  await t.step("of many that race with one code, one gets in", async () => {
    const code = await joinCode(test);
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(test, known, code, "racer")));
    const statuses = answers.map((answer) => answer.status).toSorted();
    assert.equal(statuses[0], 201);
    assert.ok(statuses.slice(1).every((status) => status === 401 || status === 410), String(statuses));
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
  });

  await t.step("an expired code lets nobody in", async () => {
    const code = await joinCode(test);
    await test.studio.db.sql`
      update tokens set expires_at = now() - interval '1 second' where hash = sha256(convert_to(${code}, 'UTF8'))`;
    const refused = await register(test, known, code);
    assert.equal(refused.status, 401);
    await refused.body?.cancel();
  });

  await t.step("agents of the same name get suffixes, also at the same time", async () => {
    const code = await joinCode(test, { uses: 4, pools: ["farm"] });
    const answers = await Promise.all(Array.from({ length: 4 }, () => register(test, known, code, "rig")));
    const names = await Promise.all(answers.map(async (answer) => (await answer.json()).name));
    assert.deepEqual(names.toSorted(), ["rig", "rig-2", "rig-3", "rig-4"]);
    const listed = await (await test.request("/api/agents")).json();
    const rig = listed.items.find((agent: { name: string }) => agent.name === "rig-3");
    assert.deepEqual(rig.pools, ["farm"]);
  });

  await t.step("a name is one plain line, whatever was sent", async () => {
    const code = await joinCode(test, { uses: 2 });
    const odd = await (await register(test, known, code, " tower\u001b[31m\nof 猫\u202e ")).json();
    assert.equal(odd.name, "tower [31m of 猫");
    const none = await (await register(test, known, code, "\n")).json();
    assert.equal(none.name, "agent");
    for (const { agent_id } of [odd, none]) {
      await test.request(`/api/agents/${agent_id}`, { method: "DELETE" });
    }
  });

  await t.step(
    "an artist lends one machine of their own, which is theirs to pause and not the studio's own",
    async () => {
      const ask = (json: unknown, as: "artist" | "viewer" = "artist") =>
        test.request("/api/agents/join-codes", { method: "POST", json }, as);
      for (const json of [{ trust: "own" }, { uses: 2 }, { pools: ["farm"] }]) {
        const refused = await ask(json);
        assert.equal(refused.status, 403);
        await refused.body?.cancel();
      }
      assert.equal((await ask({}, "viewer")).status, 403);
      const { code } = await (await ask({})).json();
      const lent = await (await register(test, known, code, "lent")).json();
      const view = await agentView(test, lent.agent_id);
      assert.deepEqual([view.trust, view.owner_id, view.lent_by], [
        "trusted",
        test.artist.user_id,
        test.artist.name,
      ]);
      const change = async (id: string, json: unknown) => {
        const answer = await test.request(`/api/agents/${id}`, { method: "PATCH", json }, "artist");
        await answer.body?.cancel();
        return answer.status;
      };
      assert.equal(await change(lent.agent_id, { paused: true }), 200);
      assert.equal(await change(lent.agent_id, { trust: "own" }), 403);
      assert.equal(await change(known.id, { paused: true }), 403);
      const removed = await test.request(`/api/agents/${lent.agent_id}`, { method: "DELETE" }, "artist");
      assert.equal(removed.status, 204);
    },
  );

  await t.step(
    "a code of the studio's own machines gives them no lender; any other names who lends",
    async () => {
      const own = await (await register(test, known, await joinCode(test, { trust: "own" }), "own")).json();
      const view = await agentView(test, own.agent_id);
      assert.deepEqual([view.trust, view.owner_id, view.lent_by], ["own", null, null]);
      const code = await joinCode(test, { trust: "anyone", lent_by: "Grace" });
      const given = await agentView(
        test,
        (await (await register(test, known, code, "given")).json()).agent_id,
      );
      assert.deepEqual([given.trust, given.lent_by], ["anyone", "Grace"]);
      for (const { id } of [view, given]) await test.request(`/api/agents/${id}`, { method: "DELETE" });
    },
  );

  await t.step("a person's token does not register", async () => {
    const person = await register(test, known, test.tokens.owner);
    assert.equal(person.status, 403);
    const nobody = await register(test, known, "nobody");
    assert.equal(nobody.status, 401);
  });

  await t.step("two slots of one name are refused", async () => {
    const slots = [known.facts.slots[0]!, known.facts.slots[0]!];
    const refused = await known.request("/api/agent/session", {
      method: "PUT",
      json: { boot_id: uuidv7(), facts: { ...known.facts, slots } },
    });
    assert.equal(refused.status, 422);
    assert.match((await refused.json()).detail, /gpu0/);
  });

  await t.step("another studio's agents are not there", async () => {
    const other = await test.secondTenant();
    assert.deepEqual((await (await other.request("/api/agents")).json()).items, []);
    const path = `/api/agents/${known.id}`;
    for (
      const [method, sub, json] of [
        ["GET", ""],
        ["PATCH", "", { paused: true }],
        ["DELETE", ""],
        ["DELETE", "/suspensions/animatic"],
      ] as const
    ) {
      const answer = await other.request(path + sub, { method, ...(json ? { json } : {}) });
      assert.equal(answer.status, 404, `${method} ${sub}`);
      await answer.body?.cancel();
    }
    assert.equal((await test.request("/api/agents/no-such-id")).status, 404);
  });

  await t.step("the list comes in pages", async () => {
    const names: string[] = [];
    let cursor = "";
    do {
      const page = await (await test.request(`/api/agents?limit=2${cursor && `&cursor=${cursor}`}`)).json();
      names.push(...page.items.map((agent: { name: string }) => agent.name));
      cursor = page.next ?? "";
    } while (cursor);
    assert.deepEqual(names, ["known", "racer", "rig", "rig-2", "rig-3", "rig-4", "tower"]);
  });
});
