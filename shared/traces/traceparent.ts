import { z } from "zod";

/** W3C Trace Context, version 00: trace, the span that asks, and whether it is recorded. */
const SHAPE = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

export const Traceparent = z.string().regex(SHAPE, "must be a W3C traceparent");
export const SpanId = z.string().regex(/^(?!0{16})[0-9a-f]{16}$/);

export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits: of the span that all that follows belongs to. */
  spanId: string;
  recorded: boolean;
}

/** Null for what is none, of another version, or all zeros: then a trace begins anew, as the standard has it. */
export function parseTraceparent(text: string | null | undefined): TraceContext | null {
  const [, traceId, spanId, flags] = SHAPE.exec(text ?? "") ?? [];
  if (!traceId || !spanId) return null;
  return { traceId, spanId, recorded: (parseInt(flags!, 16) & 1) === 1 };
}

export function writeTraceparent({ traceId, spanId, recorded }: TraceContext): string {
  return `00-${traceId}-${spanId}-${recorded ? "01" : "00"}`;
}

/**
 * The span of a grant, which gateway and agent both name without telling each other: FNV-1a (64 bits) of the lease's id. Two grants
 * with the same one would have to be of the same trace to be confused.
 */
export function spanOfLease(lease: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(lease)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return (hash || 1n).toString(16).padStart(16, "0");
}
