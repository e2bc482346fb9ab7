import { randomHex } from "../../shared/traces/begin.ts";
import type { Span } from "../../shared/traces/span.ts";
import { parseTraceparent, spanOfLease } from "../../shared/traces/traceparent.ts";
import type { JobRow } from "../jobs/mod.ts";
import type { Studio } from "../studio.ts";
import type { Recorded } from "./mod.ts";

type Of = Pick<JobRow, "id" | "lease_token" | "spec">;

/** Agent and gateway call a grant by the same id. */
const leaseOf = ({ id, lease_token }: Of) => `${id}.${lease_token}`;

function span(
  job: Of,
  parent: "request" | "lease",
  what: Pick<Recorded, "name" | "start_ms" | "end_ms"> & Partial<Recorded>,
): Recorded[] {
  const trace = parseTraceparent(job.spec.trace);
  if (!trace) return [];
  return [{
    trace_id: trace.traceId,
    span_id: randomHex(8),
    parent_id: parent === "request" ? trace.spanId : spanOfLease(leaseOf(job)),
    ...what,
    attributes: { "studio.job": job.id, ...what.attributes },
  }];
}

/** From when it could have been taken: asked for, or its last attempt rested. The lease itself is the agent's to tell. */
export function tellGranted({ traces }: Studio, job: JobRow): void {
  if (!traces.on || !job.started_at) return;
  traces.record(span(job, "request", {
    name: "job waiting",
    start_ms: Math.max(job.created_at.getTime(), job.run_after.getTime()),
    end_ms: job.started_at.getTime(),
    attributes: {
      "studio.capability": job.capability,
      "studio.pool": job.pool,
      "studio.attempt": job.attempt,
    },
  }));
}

/** The report was taken in: checked objects, take, usage, one transaction. */
export function tellCompleted({ traces }: Studio, job: JobRow, began: number): void {
  if (traces.on) traces.record(span(job, "lease", { name: "complete", start_ms: began, end_ms: Date.now() }));
}

/** Takes and films of an outbox pass are in Git. */
export async function tellCommitted(
  { traces, db }: Pick<Studio, "traces" | "db">,
  rows: readonly { kind: string; subject: string | null }[],
  began: number,
): Promise<void> {
  const end_ms = Date.now();
  const made = rows.flatMap(({ kind, subject }) =>
    subject && (kind === "take" || kind === "export") ? [subject] : []
  );
  if (!traces.on || !made.length) return;
  const jobs = await db.sql<Of[]>`
    select j.id, j.lease_token, j.spec from jobs j where j.spec ? 'trace' and j.id in (
      select job_id from takes where id = any(${made}::uuid[])
      union all select job_id from exports where id = any(${made}::uuid[]))`;
  for (const job of jobs) {
    traces.record(span(job, "lease", { name: "commit", start_ms: began, end_ms }));
  }
}

/** What an agent did under its grant. Of another's grant, or of a job without a trace, nothing is taken. */
export async function agentSpans(
  { traces, db }: Studio,
  agentId: string,
  lease: string,
  spans: readonly Span[],
): Promise<void> {
  if (!traces.on || !spans.length) return;
  const dot = lease.lastIndexOf(".");
  const [job] = await db.sql<Of[]>`
    select id, lease_token, spec from jobs where id = ${lease.slice(0, dot)}
      and lease_token = ${Number(lease.slice(dot + 1))} and lease_agent = ${agentId}`;
  const trace = job && parseTraceparent(job.spec.trace);
  if (!trace) return;
  traces.record(spans.map((each) => ({ ...each, trace_id: trace.traceId, agent: agentId })));
}
