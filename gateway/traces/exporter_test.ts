import assert from "node:assert/strict";
import { parseConfig } from "../config.ts";
import { createLog } from "../http/mod.ts";
import { createTraces } from "./exporter.ts";
import type { Recorded, Traces } from "./mod.ts";

const SPAN: Recorded = {
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  span_id: "00f067aa0ba902b7",
  parent_id: null,
  name: "lease",
  start_ms: 1_700_000_000_000.25,
  end_ms: 1_700_000_001_000,
  attributes: { "studio.attempt": 2, "studio.runner": "flux-image", share: 0.5 },
};

function open(env: Record<string, string>): { traces: Traces; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({ terminal: false, write: (line) => lines.push(line) });
  return { traces: createTraces({ config: parseConfig(env), log }), lines };
}

Deno.test("spans go to the collector that is named, as OTLP in JSON, with its headers", async () => {
  const heard: { path: string; key: string | null; body: unknown }[] = [];
  await using collector = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const { pathname: path } = new URL(request.url);
      heard.push({ path, key: request.headers.get("x-key"), body: await request.json() });
      return Response.json({});
    },
  );
  {
    const { traces } = open({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}/`,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20secret",
    });
    await using _ = traces;
    traces.record([SPAN, {
      ...SPAN,
      span_id: "00f067aa0ba902b8",
      parent_id: SPAN.span_id,
      agent: "tower",
      failed: true,
    }]);
  }
  assert.equal(heard.length, 1, "gathered, and sent at the latest when it closes");
  assert.deepEqual([heard[0]!.path, heard[0]!.key], ["/v1/traces", "a secret"]);
  // deno-lint-ignore no-explicit-any -- another's format, read where the test looks
  const { resourceSpans } = heard[0]!.body as any;
  assert.deepEqual(
    resourceSpans.map(({ resource }: { resource: { attributes: unknown[] } }) => resource.attributes[0]),
    [
      { key: "service.name", value: { stringValue: "studio-gateway" } },
      { key: "service.name", value: { stringValue: "studio-agent" } },
    ],
  );
  const [span] = resourceSpans[0].scopeSpans[0].spans;
  assert.equal(span.startTimeUnixNano, "1700000000000250000");
  assert.equal(span.parentSpanId, undefined);
  assert.deepEqual(span.attributes, [
    { key: "studio.attempt", value: { intValue: "2" } },
    { key: "studio.runner", value: { stringValue: "flux-image" } },
    { key: "share", value: { doubleValue: 0.5 } },
  ]);
  const [child] = resourceSpans[1].scopeSpans[0].spans;
  assert.deepEqual([child.parentSpanId, child.status], [SPAN.span_id, { code: 2 }]);
});

Deno.test("a collector that is away costs its spans alone: counted, and said once", async () => {
  const nobody = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = nobody.addr;
  nobody.close();
  const { traces, lines } = open({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  // More than are held: what is too much is dropped at once, and nothing waits.
  traces.record(Array.from({ length: 5_000 }, () => SPAN));
  assert.equal(traces.dropped(), 5_000 - 4_096);
  await traces[Symbol.asyncDispose]();
  assert.equal(traces.dropped(), 5_000);
  assert.equal(lines.filter((line) => line.includes("Spans were dropped")).length, 1);
});

Deno.test("without a collector nothing is recorded", async () => {
  const { traces } = open({});
  await using _ = traces;
  assert.equal(traces.on, false);
  traces.record([SPAN]);
  assert.equal(traces.dropped(), 0);
});
