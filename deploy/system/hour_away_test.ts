import assert from "node:assert/strict";
import { join } from "@std/path";
import { createClient } from "../../agent/lease/client.ts";
import { eventually, startTestAgent, testMachine } from "../../agent/testing/agent.ts";
import type { TestGateway } from "../../agent/testing/gateway.ts";
import { queueStill, until } from "../../gateway/agents/testing.ts";
import { png } from "../../gateway/assets/testing.ts";
import { openTestStudio, type TestStudio } from "../../gateway/testing/studio.ts";
import { openProxy } from "./proxy.ts";

/** An agent with its gateway behind a line that can be cut. */
async function openLine(test: TestStudio) {
  const url = await test.serve();
  let down = false;
  // Port 9 is "discard": nothing listens there.
  const proxy = openProxy(() => down ? "http://127.0.0.1:9" : url);
  test.studio.config.publicUrl = proxy.url;
  const { code } = await (await test.request("/api/agents/join-codes", { method: "POST", json: {} })).json();
  const data = await Deno.makeTempDir({ prefix: "agent-away-" });
  const gate = Promise.withResolvers<void>();
  const executor = {
    async run(_: unknown, { folder, signal }: { folder: string; signal: AbortSignal }) {
      await gate.promise;
      signal.throwIfAborted();
      const file = join(folder, "take.png");
      await Deno.writeFile(file, png(64, 64, 7));
      const media = { format: "png", width: 64, height: 64, frames: 1, audio: false };
      return { file, extension: "png", media, made_with: {} };
    },
  };
  const { facts } = testMachine(executor, { slots: ["cpu"], capabilities: ["animatic-still@low"] });
  const { agent_id, token } = await createClient(proxy.url, null).register(code, "Attic", facts);
  const start = () =>
    startTestAgent({ url: proxy.url, token } as TestGateway, data, executor, {
      slots: ["cpu"],
      capabilities: ["animatic-still@low"],
    });
  return {
    start,
    agentId: agent_id,
    proxy,
    cut: () => void (down = true),
    mend: () => void (down = false),
    finish: gate.resolve,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await Deno.remove(data, { recursive: true });
    },
  };
}

/** As if so much time had gone by: time is the database's. */
async function passHour(test: TestStudio): Promise<void> {
  const { sql } = test.studio.db;
  await sql`update jobs set lease_until = lease_until - interval '1 hour' where lease_until is not null`;
  await sql`update agents set last_seen_at = last_seen_at - interval '1 hour'`;
}

Deno.test("an agent that finished while its gateway was out of reach for an hour brings the take in, and nobody is blamed", async (t) => {
  await using test = await openTestStudio({
    env: { LEASE_SECONDS: "2", HEARTBEAT_SECONDS: "0.5", POLL_SECONDS: "1" },
  });
  const project = await test.makeProject();
  const job = async (id: string) => await (await test.request(`/api/jobs/${id}`)).json();
  for (const restarted of [false, true]) {
    await t.step(
      restarted ? "also when the agent was started anew meanwhile" : "with the agent running on",
      async () => {
        await using line = await openLine(test);
        let agent = line.start();
        try {
          // What is asked for while nobody is there waits for its own tier, which this machine has not.
          await until("it is there", async () => {
            const { items } = await (await test.request("/api/agents")).json();
            return items.some((each: { id: string; state: string }) =>
              each.id === line.agentId && each.state === "online"
            );
          });
          const { id } = await queueStill(test, project);
          await until("it renders", async () => (await job(id)).state === "leased", 60_000);
          line.cut();
          line.finish();
          await eventually(
            "it is finished, on disk",
            async () => (await agent.journal.entries()).some(({ report }) => report !== null),
          );
          await passHour(test);
          await until("the studio has given it up", async () => (await job(id)).state === "queued", 60_000);
          if (restarted) {
            await agent[Symbol.asyncDispose]();
            agent = line.start();
          }
          line.mend();
          const done = await until("the take", async () => {
            const seen = await job(id);
            return seen.state === "succeeded" || seen.state === "failed" ? seen : null;
          }, 60_000);
          assert.deepEqual([done.state, done.attempt, done.error], ["succeeded", 1, null]);
          const { items } = await (await test.request(`/api/projects/${project.id}/takes?limit=50`)).json();
          assert.equal(items.filter((take: { job_id: string }) => take.job_id === id).length, 1);
          const view = await (await test.request(`/api/agents/${line.agentId}`)).json();
          assert.deepEqual(view.suspended, []);
          const strikes = await test.studio.db
            .sql`select runner, count from strikes where agent_id = ${line.agentId}`;
          assert.deepEqual([...strikes], []);
          await eventually(
            "nothing is left on its disk",
            async () => (await agent.journal.entries()).length === 0,
          );
        } finally {
          await agent[Symbol.asyncDispose]();
          await test.request(`/api/agents/${line.agentId}`, { method: "DELETE" });
        }
      },
    );
  }
});
