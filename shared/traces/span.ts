import { z } from "zod";
import { SpanId } from "./traceparent.ts";

/** Spans that an agent tells of one grant. */
export const MOST_SPANS = 100;

/** Part of what was done: when, within what, and how it ended. Prompts, names of people and secrets are no attributes. */
export const Span = z.strictObject({
  span_id: SpanId,
  parent_id: SpanId.nullable(),
  name: z.string().min(1).max(80),
  /** Milliseconds since 1970, by the clock of whoever did it. */
  start_ms: z.number().min(0),
  end_ms: z.number().min(0),
  failed: z.boolean().optional(),
  attributes: z.record(z.string().max(60), z.union([z.string().max(200), z.number(), z.boolean()]))
    .optional(),
});
export type Span = z.infer<typeof Span>;

/** POST /api/agent/leases/:l/spans: what the agent did under this grant, when the lease's job has a trace. */
export const SpansBody = z.strictObject({ spans: z.array(Span).max(MOST_SPANS) });
