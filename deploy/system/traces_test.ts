import assert from "node:assert/strict";
import { openFullComfyUi } from "../../agent/runners/testing/comfyui.ts";
import { openArtist } from "../testing/artist.ts";
import { tell } from "../testing/browser.ts";

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  service: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** A collector that takes OTLP/HTTP in JSON, as far as this story goes. */
function openCollector() {
  const spans: Span[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    assert.equal(new URL(request.url).pathname, "/v1/traces");
    const { resourceSpans } = await request.json();
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find((each: Span["attributes"][0]) => each.key === "service.name")
        .value.stringValue;
      for (const { spans: some } of scopeSpans) {
        spans.push(...some.map((span: Span) => ({ ...span, service })));
      }
    }
    return Response.json({});
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, spans, close: () => server.shutdown() };
}

async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const end = Date.now() + 90_000;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`It never came to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const base = { prompt: "A pier in secret fog", seed: 7 };
const GRAPH = {
  nodes: [
    {
      id: "shot",
      type: "shot",
      title: "SHOT-010",
      shot: "SHOT-010",
      duration: 12,
      ...base,
      position: { x: 0, y: 0 },
    },
    {
      ...{ id: "still", type: "generate_image", title: "Lamp room", shot: "STILL-010", ...base },
      runner: "self-test-image",
      position: { x: 0, y: 220 },
    },
  ],
  edges: [],
};

Deno.test(
  { name: "one trace from the click to the take in Git", sanitizeResources: false, sanitizeOps: false },
  async () => {
    await using comfyui = await openFullComfyUi();
    const collector = openCollector();
    await using artist = await openArtist(undefined, {
      COMFYUI_URL: comfyui.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const { page } = artist;
    const { spans } = collector;
    /** The whole trace that a span of this name is in, once it has a commit. */
    const traceWith = (name: string) =>
      until(`a trace with "${name}" and its commit`, () => {
        const of = spans.find((span) => span.name === name)?.traceId;
        const trace = spans.filter((span) => span.traceId === of);
        return ["commit", "lease", "complete"].every((each) => trace.some((span) => span.name === each)) &&
          trace;
      });
    const chainOf = (trace: Span[], name: string): string[] => {
      const chain: string[] = [];
      let at = trace.find((span) => span.name === name);
      for (; at; at = trace.find((span) => span.spanId === at!.parentSpanId)) chain.push(at.name);
      return chain;
    };
    const REQUEST = "POST /api/projects/:p/jobs";

    await tell(page, async () => {
      const film = await artist.film("Fog", GRAPH);
      // What is asked for before there is a machine waits for a card that the studio's choice needs.
      await page.getByText("CPU only").waitFor({ timeout: 90_000 });
      await page.locator(".node", { has: page.locator('header b[title="SHOT-010"]') }).locator("header")
        .click();
      await page.locator(".right").getByRole("button", { name: "Generate", exact: true }).click();
      await page.locator(".right .take.active").waitFor({ timeout: 90_000 });

      const trace = await traceWith("commit");
      assert.deepEqual(chainOf(trace, "job waiting"), ["job waiting", REQUEST]);
      for (const part of ["download", "upload", "complete", "commit"]) {
        assert.deepEqual(chainOf(trace, part), [part, "lease", REQUEST]);
      }
      const request = trace.find((span) => span.name === REQUEST)!;
      assert.match(request.parentSpanId!, /^[0-9a-f]{16}$/, "the click, in the browser");
      assert.ok(!trace.some((span) => span.spanId === request.parentSpanId));
      assert.deepEqual(
        new Set(trace.map(({ service }) => service)),
        new Set(["studio-gateway", "studio-agent"]),
      );
      assert.ok(trace.every((span) => BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)));

      // A script's, without a trace of its own: it begins at the gateway.
      await artist.call("POST", `/projects/${film.id}/jobs`, { node_id: "still" });
      const second = await traceWith("ComfyUI prompt").catch((error) => {
        throw new Error(`${error.message}; there were ${spans.map(({ name }) => name).join(", ")}`);
      });
      for (const part of ["ComfyUI queue", "EmptyImage", "ImageAddNoise", "ImageScale", "SaveImage"]) {
        assert.deepEqual(chainOf(second, part), [part, "ComfyUI prompt", "lease", REQUEST]);
      }
      assert.equal(second.find((span) => span.name === REQUEST)!.parentSpanId, undefined);
      assert.notEqual(second[0]!.traceId, trace[0]!.traceId);
      assert.doesNotMatch(JSON.stringify(spans), /fog|http:|gms_|X-Amz|signature/i);

      // The collector goes; takes come all the same, and what it did not hear is counted.
      await collector.close();
      await artist.call("POST", `/projects/${film.id}/jobs`, { node_id: "shot" });
      await page.locator(".right .take", { hasText: "take 02" }).waitFor({ timeout: 90_000 });
      await until("spans are counted as dropped", async () => {
        const text = await (await fetch(`${artist.studio.url}/metrics`)).text();
        return Number(/^studio_spans_dropped (\d+)$/m.exec(text)![1]) > 0;
      });
    });
    assert.deepEqual(artist.complaints, []);
  },
);
