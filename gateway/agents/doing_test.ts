import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openTestStudio } from "../testing/studio.ts";
import { agentPackage } from "./package.ts";
import { agentView, until } from "./testing.ts";

Deno.test("what a machine does beside jobs is shown while it says so, and each heartbeat brings the version that is served", async () => {
  await using test = await openTestStudio();
  const project = await test.makeProject();
  const agent = await test.joinAgent({ name: "attic" });
  const heard: unknown[] = [];
  using _heard = test.studio.events.subscribe(
    { tenant_id: test.owner.tenant_id, project_id: project.id },
    (event) => heard.push(event),
  );
  const doing = "Downloads vae/ae.safetensors: 43 %";
  await agent.heartbeat({ doing, leases: [] });
  assert.equal((await agentView(test, agent.id)).doing, doing);
  assert.equal((await agentView(test, agent.id)).state, "online", "it takes jobs all the same");
  assert.ok(JSON.stringify(heard).includes(doing), "screens hear of it");
  await agent.heartbeat({ leases: [] });
  assert.equal((await agentView(test, agent.id)).doing, null);
  await agent.heartbeat({ doing, leases: [] });
  await agent.reboot();
  assert.equal((await agentView(test, agent.id)).doing, null, "another process does something else");
  const long = await agent.request("/api/agent/heartbeat", {
    method: "POST",
    json: { boot_id: agent.boot_id, doing: "x".repeat(201), leases: [] },
  });
  assert.equal(long.status, 400, await long.text());

  const { digest, bytes, etag } = await agentPackage(test.studio.config.agentSource);
  const reply = await until("the gateway knows what it serves", async () => {
    const { agent_package } = await agent.heartbeat({ leases: [] });
    return agent_package;
  });
  assert.equal(reply, digest);
  assert.notEqual(
    createHash("sha256").update(bytes).digest("hex"),
    digest,
    "of the files, not of how they are packed",
  );
  const served = await test.request("/agent.tar.gz", {}, "nobody");
  assert.equal(served.headers.get("etag"), etag);
  await served.body?.cancel();
});
