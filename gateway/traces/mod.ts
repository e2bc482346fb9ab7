import type { Span } from "../../shared/traces/span.ts";

export interface Recorded extends Span {
  trace_id: string;
  /** Id of the agent that did it, whose spans come through the gateway; absent: the gateway itself. */
  agent?: string;
  kind?: "server" | "internal";
}

/** Where spans go. Taking one never waits and never fails. */
export interface Traces extends AsyncDisposable {
  /** False without a collector: then nothing is recorded, and no job is given a trace. */
  on: boolean;
  record(spans: Recorded[]): void;
  /** Spans that no collector has heard of: it was away, or they came too fast. */
  dropped(): number;
}

export { createTraces } from "./exporter.ts";
export { currentTrace, traced } from "./current.ts";
export { agentSpans, tellCommitted, tellCompleted, tellGranted } from "./job_spans.ts";
