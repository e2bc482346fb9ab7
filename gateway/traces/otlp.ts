import { GATEWAY_VERSION } from "../version.ts";
import type { Recorded } from "./mod.ts";

/** OTLP/HTTP in JSON (opentelemetry-proto, ExportTraceServiceRequest): ids in hexadecimal, nanoseconds as text. */
export function exportRequest(spans: readonly Recorded[]): unknown {
  const groups = Map.groupBy(spans, ({ agent }) => agent);
  return {
    resourceSpans: [...groups].map(([agent, group]) => ({
      resource: { attributes: attributes(resourceOf(agent)) },
      scopeSpans: [{ scope: { name: "studio", version: GATEWAY_VERSION }, spans: group.map(written) }],
    })),
  };
}

function resourceOf(agent: string | undefined): Record<string, string> {
  return agent === undefined
    ? { "service.name": "studio-gateway", "service.version": GATEWAY_VERSION }
    : { "service.name": "studio-agent", "service.instance.id": agent };
}

/** Span.SpanKind: internal 1, server 2. Status.StatusCode: error 2; unset else. */
function written(span: Recorded): unknown {
  return {
    traceId: span.trace_id,
    spanId: span.span_id,
    ...(span.parent_id ? { parentSpanId: span.parent_id } : {}),
    name: span.name,
    kind: span.kind === "server" ? 2 : 1,
    startTimeUnixNano: nanoseconds(span.start_ms),
    endTimeUnixNano: nanoseconds(Math.max(span.start_ms, span.end_ms)),
    attributes: attributes(span.attributes ?? {}),
    status: span.failed ? { code: 2 } : {},
  };
}

function attributes(of: Record<string, string | number | boolean>): unknown[] {
  return Object.entries(of).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
