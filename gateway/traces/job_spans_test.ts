import assert from "node:assert/strict";
import { beginTrace } from "../../shared/traces/begin.ts";
import { parseTraceparent } from "../../shared/traces/traceparent.ts";
import { draw, openJobStudio } from "../jobs/testing.ts";
import type { Recorded, Traces } from "./mod.ts";

/** In place of a collector: what would be sent. */
function listening(): Traces & { heard: Recorded[] } {
  const heard: Recorded[] = [];
  return {
    on: true,
    heard,
    record: (spans) => void heard.push(...spans),
    dropped: () => 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const span = (span_id: string, parent_id: string | null = null) => ({
  span_id,
  parent_id,
  name: "download",
  start_ms: 1,
  end_ms: 2,
});

Deno.test("an agent tells of its own grant, and of no other", async () => {
  await using test = await openJobStudio();
  const traces = test.studio.traces = listening();
  const project = await test.makeProject();
  await draw(test, project, [{ id: "still", type: "generate_image" }]);
  const agent = await test.joinAgent({ capabilities: ["flux-image@standard"] });
  const stranger = await test.joinAgent({ capabilities: ["flux-image@high"] });
  const click = beginTrace();
  const asked = await test.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "still" },
    headers: { traceparent: click },
  });
  assert.equal(asked.status, 202);
  const [request] = traces.heard.splice(0);
  const { traceId, spanId } = parseTraceparent(click)!;
  assert.deepEqual([request!.trace_id, request!.parent_id], [traceId, spanId]);

  const lease = (await agent.lease())!;
  assert.equal(parseTraceparent(lease.spec.trace)!.spanId, request!.span_id);
  const [waiting] = traces.heard.splice(0);
  assert.deepEqual([waiting!.name, waiting!.parent_id], ["job waiting", request!.span_id]);

  const tell = (token: string, spans: unknown, of = lease.lease) =>
    test.request(`/api/agent/leases/${of}/spans`, { method: "POST", json: { spans } }, token);
  const good = [span("00f067aa0ba902b7")];
  assert.equal((await tell(stranger.token, good)).status, 204);
  assert.equal((await tell(agent.token, good, lease.lease.replace(/\d+$/, "99"))).status, 204);
  assert.deepEqual(traces.heard, [], "heard, and not believed");
  assert.equal((await tell(agent.token, Array.from({ length: 101 }, () => good[0]))).status, 400);
  assert.equal((await tell(agent.token, [{ ...good[0], prompt: "a lamp" }])).status, 400);
  assert.equal((await tell(agent.token, good)).status, 204);
  assert.deepEqual(traces.heard.map(({ trace_id, agent }) => [trace_id, agent]), [[traceId, agent.id]]);
});

Deno.test("without a collector a job carries no trace, whoever asks", async () => {
  await using test = await openJobStudio();
  const project = await test.makeProject();
  await draw(test, project, [{ id: "still", type: "generate_image" }]);
  await test.request(`/api/projects/${project.id}/jobs`, {
    method: "POST",
    json: { node_id: "still" },
    headers: { traceparent: beginTrace() },
  });
  const [job] = await test.studio.db.sql<{ traced: boolean }[]>`select spec ? 'trace' as traced from jobs`;
  assert.equal(job!.traced, false);
});
