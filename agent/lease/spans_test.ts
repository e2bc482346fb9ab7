import assert from "node:assert/strict";
import type { Lease } from "../../shared/agents/protocol.ts";
import { beginTrace } from "../../shared/traces/begin.ts";
import { MOST_SPANS, type Span, SpansBody } from "../../shared/traces/span.ts";
import { parseTraceparent, spanOfLease } from "../../shared/traces/traceparent.ts";
import { traceLease } from "./spans.ts";

const LEASE = { lease: "01890a5d-ac96-774b-bcce-b302099a8057.3", attempt: 1 };
const leaseWith = (trace?: string) =>
  ({
    ...LEASE,
    spec: { kind: "generate", runner: "animatic", tier: "low", params: { prompt: "a lamp" }, trace },
  }) as unknown as Lease;

Deno.test("what is done under a grant is told once, within it, and never more than the gateway takes", async () => {
  const trace = beginTrace();
  const traced = traceLease(leaseWith(trace))!;
  for (let n = 0; n < MOST_SPANS * 2; n++) traced.lease.child(`part ${n}`).end();
  const open = traced.lease.child("never ended");
  const heard: Span[][] = [];
  const client = { spans: (_: string, spans: Span[]) => Promise.resolve(void heard.push(spans)) };
  await traced.tell(client, false);
  await traced.tell(client, true);
  open.end();
  assert.equal(heard.length, 1);
  const [spans] = heard;
  assert.ok(SpansBody.safeParse({ spans }).success);
  assert.equal(spans!.length, MOST_SPANS);
  const whole = spans!.at(-1)!;
  assert.deepEqual([whole.span_id, whole.parent_id], [
    spanOfLease(LEASE.lease),
    parseTraceparent(trace)!.spanId,
  ]);
  assert.ok(spans!.slice(0, -1).every(({ parent_id }) => parent_id === whole.span_id));
  assert.doesNotMatch(JSON.stringify(spans), /a lamp/);
});

Deno.test("a gateway that has no ear for it, or a job without a trace, changes nothing", async () => {
  assert.equal(traceLease(leaseWith()), null);
  assert.equal(traceLease(leaseWith(beginTrace().replace(/01$/, "00"))), null);
  await traceLease(leaseWith(beginTrace()))!.tell({ spans: () => Promise.reject(new Error("404")) }, false);
});
