import assert from "node:assert/strict";
import { listen, queueStill, until } from "../agents/testing.ts";
import { createApp } from "../app.ts";
import { composeStudio, type OpenStudio } from "../compose.ts";
import { openDatabase } from "../db/mod.ts";
import { createLog } from "../http/mod.ts";
import type { ProjectRow } from "../projects/mod.ts";
import { onPostgres } from "../testing/database.ts";
import { openTestStudio, type TestStudio } from "../testing/studio.ts";
import { messagesOf, type Word } from "./word.ts";

/** A second gateway of the same database and folder. */
async function openNeighbour(test: TestStudio): Promise<OpenStudio> {
  const db = await openDatabase({ url: test.databaseUrl!, dataDir: null, connections: 4 });
  const studio = await composeStudio({ ...test.studio.config }, createLog({ write: () => {} }), { db });
  const { [Symbol.asyncDispose]: close } = studio;
  studio[Symbol.asyncDispose] = async () => {
    await close.call(studio);
    await db[Symbol.asyncDispose]();
  };
  return studio;
}

const at = (studio: OpenStudio, project: ProjectRow) => listen({ studio } as TestStudio, project);

Deno.test({ name: "what happens at one gateway is seen at the other", ignore: !onPostgres }, async () => {
  await using test = await openTestStudio();
  await using neighbour = await openNeighbour(test);
  const project = await test.makeProject();
  using there = at(neighbour, project);
  using here = at(test.studio, project);

  const agent = await test.joinAgent({ name: "rig" });
  const job = await queueStill(test, project);
  const lease = await agent.lease();
  await agent.heartbeat({
    leases: [{
      lease: lease.lease,
      progress: { stage: "Sampling 9 of 30", progress: 0.3, seconds_left: 21 },
    }],
  });
  await until(
    "the progress",
    () =>
      there.events.some((event) =>
        event.type === "progress" && event.job_id === job.id && event.progress.stage === "Sampling 9 of 30"
      ),
  );
  assert.equal((await agent.complete(lease)).status, 204);
  await until(
    "the job's end",
    () =>
      there.events.some((event) =>
        event.type === "job" && event.job.id === job.id && event.job.state === "succeeded"
      ),
  );
  await until(
    "the take",
    () => there.events.some((event) => event.type === "take" && event.take.job_id === job.id),
  );
  await until(
    "the canvas",
    () => there.events.some((event) => event.type === "canvas" && event.version === 1),
  );
  await until(
    "the agent",
    () => there.events.some((event) => event.type === "agent" && event.agent.id === agent.id),
  );

  await test.request(`/api/agents/${agent.id}`, { method: "DELETE" });
  await until(
    "the agent's leaving",
    () => there.events.some((event) => event.type === "agent_removed" && event.agent_id === agent.id),
  );
  // Its own words come back to the one who said them, and are not heard twice.
  const removed = here.events.filter((event) => event.type === "agent_removed");
  assert.equal(removed.length, 1);
  neighbour.close();
});

Deno.test(
  { name: "an agent paused at one gateway stops waiting at the other", ignore: !onPostgres },
  async () => {
    await using test = await openTestStudio();
    await using neighbour = await openNeighbour(test);
    const agent = await test.joinAgent({ name: "rig" });
    const entered = Promise.withResolvers<void>();
    const real = neighbour.jobs.poll;
    neighbour.jobs.poll = (...given) => {
      entered.resolve();
      return real(...given);
    };
    const polling = createApp(neighbour).request("http://studio.test/api/agent/lease", {
      method: "POST",
      headers: { authorization: `Bearer ${agent.token}`, "content-type": "application/json" },
      body: JSON.stringify({ boot_id: agent.boot_id, slot: "gpu0", wait_s: 25 }),
    });
    await entered.promise;
    await test.request(`/api/agents/${agent.id}`, { method: "PATCH", json: { paused: true } });
    const reply = await (await polling).json();
    assert.equal(reply.pause, true);
  },
);

Deno.test({ name: "after the line was down, screens get the state again", ignore: !onPostgres }, async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  let resyncs = 0;
  const token = await test.studio.auth.tokenIdOf(
    new Request("http://studio.test", { headers: { authorization: `Bearer ${test.tokens.owner}` } }),
  );
  using _ = test.studio.events.admit({
    user_id: test.owner.user_id,
    token_id: token!,
    role: test.owner.role,
    close: () => {},
    resync: () => resyncs++,
  })!;
  await test.studio.db.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()`;
  await until("the line to be up again", () => resyncs > 0);
  assert.ok(project);
});

Deno.test(
  {
    name: "when a gateway falls silent, screens get the state again; not when it took its leave",
    ignore: !onPostgres,
  },
  async () => {
    await using test = await openTestStudio();
    let resyncs = 0;
    const token = await test.studio.auth.tokenIdOf(
      new Request("http://studio.test", { headers: { authorization: `Bearer ${test.tokens.owner}` } }),
    );
    using _ = test.studio.events.admit({
      user_id: test.owner.user_id,
      token_id: token!,
      role: test.owner.role,
      close: () => {},
      resync: () => resyncs++,
    })!;
    const says = (from: string, more = {}) =>
      test.studio.db.sql`select pg_notify('studio_events', ${JSON.stringify({ from, words: [], ...more })})`;
    await says("polite");
    await says("polite", { farewell: true });
    await says("killed");
    await until("its silence to be noticed", () => resyncs > 0);
    assert.equal(resyncs, 1);
    const line = test.lines.filter((each) => each.includes("Another gateway is silent"));
    assert.equal(line.length, 1);
  },
);

Deno.test("words are gathered into messages that NOTIFY can carry, and none is lost", () => {
  const id = crypto.randomUUID();
  const words: Word[] = Array.from({ length: 500 }, (_, n) => ({
    tenant: id,
    project: id,
    kind: "canvas",
    id: String(n),
    note: "名".repeat(200),
  }));
  const messages = messagesOf("me", words);
  for (const message of messages) assert.ok(new TextEncoder().encode(message).length < 7999);
  assert.deepEqual(messages.flatMap((message) => JSON.parse(message).words), words);
  assert.deepEqual(messagesOf("me", []), []);
});
