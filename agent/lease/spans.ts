import type { Lease } from "../../shared/agents/protocol.ts";
import { randomHex } from "../../shared/traces/begin.ts";
import { MOST_SPANS, type Span } from "../../shared/traces/span.ts";
import { parseTraceparent, spanOfLease } from "../../shared/traces/traceparent.ts";
import type { GatewayClient } from "./client.ts";

/** Milliseconds that telling them may take. */
const PATIENCE_MS = 3_000;

/** A part of the work that is under way. */
export interface OpenSpan {
  /** A part of this part, from now or from `at` (ms since 1970). */
  child(name: string, at?: number): OpenSpan;
  /** Ends it; the second time does nothing. */
  end(how?: { at?: number; failed?: boolean; attributes?: Span["attributes"] }): void;
}

/** What is done under a grant, for its trace. */
export interface LeaseTrace {
  /** The grant as a whole. */
  lease: OpenSpan;
  /** Ends it and tells the gateway, once; what cannot be told is forgotten. Never rejects. */
  tell(client: Pick<GatewayClient, "spans">, failed: boolean): Promise<void>;
}

/** Null when the job is not traced: then nothing is measured. */
export function traceLease({ lease, spec, attempt }: Lease): LeaseTrace | null {
  const trace = parseTraceparent(spec.trace);
  if (!trace?.recorded) return null;
  const ended: Span[] = [];

  function begin(name: string, start_ms: number, span_id: string, parent_id: string): OpenSpan {
    let open = true;
    return {
      child: (name, at = Date.now()) => begin(name, at, randomHex(8), span_id),
      end({ at = Date.now(), failed, attributes } = {}) {
        // One place stays for the grant itself.
        const full = ended.length >= MOST_SPANS - 1 && parent_id !== trace!.spanId;
        if (!open || full) return;
        open = false;
        ended.push({
          ...{ span_id, parent_id, start_ms, end_ms: Math.max(start_ms, at) },
          name: name.slice(0, 80) || "unnamed",
          ...(failed ? { failed } : {}),
          ...(attributes ? { attributes } : {}),
        });
      },
    };
  }

  const whole = begin("lease", Date.now(), spanOfLease(lease), trace.spanId);
  let told = false;
  return {
    lease: whole,
    async tell(client, failed) {
      if (told) return;
      told = true;
      const attributes: Record<string, string | number> = { "studio.attempt": attempt };
      if (spec.kind === "generate") {
        attributes["studio.runner"] = spec.runner;
        attributes["studio.tier"] = spec.tier;
      }
      whole.end({ failed, attributes });
      // A gateway that is older, or away, has no use for them: the work goes on.
      await client.spans(lease, ended, AbortSignal.timeout(PATIENCE_MS)).catch(() => {});
    },
  };
}
