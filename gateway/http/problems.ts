import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Problem, type ProblemCode, ProblemError, PROBLEMS } from "../../shared/http/problem.ts";
import type { Env } from "../studio.ts";

const TITLES: Record<ProblemCode, string> = {
  malformed_json: "Malformed JSON",
  invalid_request: "Invalid request",
  unauthenticated: "Not signed in",
  forbidden: "Not allowed",
  origin_refused: "Origin refused",
  not_found: "Not found",
  method_not_allowed: "Method not allowed",
  conflict: "Conflict",
  lease_lost: "Lease lost",
  archived: "Archived",
  gone: "Gone",
  too_large: "Too large",
  unsupported_media_type: "Unsupported media type",
  unprocessable: "Cannot be done",
  over_tier: "Over the tier",
  over_plan: "Over the plan",
  locked: "Locked by somebody else",
  too_many_requests: "Too many requests",
  internal: "Internal error",
  unavailable: "Unavailable",
  out_of_space: "Out of space",
};

/** Any thrown value as application/problem+json (RFC 9457). What was not expected is logged, and its message stays here. */
export function problemResponse(c: Context<Env>, thrown: unknown): Response {
  const error = asProblem(thrown);
  const log = c.get("log");
  if (c.req.raw.signal.aborted) {
    // Whatever failed, failed because the caller hung up; nobody reads the answer.
    log?.info("The caller hung up", { why: thrown instanceof Error ? thrown.message : String(thrown) });
  } else if (error.code === "internal") {
    log?.error("A request failed unexpectedly", { error: thrown instanceof Error ? thrown : String(thrown) });
  } else if (error.cause) {
    log?.warn(error.message, { code: error.code, error: error.cause });
  }
  const requestId = c.get("requestId");
  const body: Problem = {
    type: `urn:studio:problem:${error.code}`,
    title: TITLES[error.code],
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(requestId ? { request_id: requestId } : {}),
    ...(error.errors ? { errors: error.errors } : {}),
  };
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (error.status === 503) headers.set("retry-after", "2");
  if (thrown instanceof HTTPException) {
    const allow = thrown.res?.headers.get("allow");
    if (allow) headers.set("allow", allow);
  }
  return new Response(JSON.stringify(body), { status: error.status, headers });
}

function asProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (thrown instanceof HTTPException && thrown.status < 500) {
    const code = (Object.keys(PROBLEMS) as ProblemCode[]).find((each) => PROBLEMS[each] === thrown.status);
    return new ProblemError(code ?? "invalid_request", thrown.message || "The request was refused.");
  }
  const code = (thrown as { code?: unknown } | null)?.code;
  if (typeof code === "string") {
    if (isAway(thrown)) {
      return new ProblemError(
        "unavailable",
        "The database does not answer right now. Nothing is lost; try again in a moment.",
        { cause: thrown },
      );
    }
    if (UNSTORABLE.has(code)) {
      return new ProblemError(
        "invalid_request",
        "A value in the request has a form that cannot be stored. Check ids, numbers and text.",
        { cause: thrown },
      );
    }
  }
  if (thrown instanceof Deno.errors.NotCapable) return internal(thrown);
  if (thrown instanceof Error && /no space left|os error 28/i.test(thrown.message)) {
    return new ProblemError("out_of_space", "The gateway's disk is full. Free some space, then try again.", {
      cause: thrown,
    });
  }
  return internal(thrown);
}

/** The database is going or coming: what failed may be done again in a moment. */
export function isAway(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" && DATABASE_AWAY.has(code);
}

function internal(cause: unknown): ProblemError {
  return new ProblemError(
    "internal",
    "Something went wrong in the gateway. It is in the log under this request id.",
    { cause },
  );
}

/** The server is going, coming, or had to abort one of two that waited for each other: the same request may work soon. */
const DATABASE_AWAY = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECTION_SILENT",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "40001",
  "40P01",
]);

/** SQLSTATE class 22, as far as input can cause it. The net below the parsers: zod should have said it better. */
const UNSTORABLE = new Set(["22P02", "22P03", "22P05", "22021", "22003", "22007", "22008"]);
