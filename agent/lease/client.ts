import { z } from "zod";
import {
  type AgentFacts,
  type CompleteBody,
  type FailBody,
  HeartbeatBody,
  HeartbeatReply,
  type LeaseBody,
  LeaseReply,
  Registered,
  RunnerPack,
  type SelfTest,
  Session,
  type StopsBody,
  StopsReply,
} from "../../shared/agents/protocol.ts";
import type { SpansBody } from "../../shared/traces/span.ts";
import { Problem } from "../../shared/http/problem.ts";

/**
 * What became of a call, and so what to do (the table in shared/agents/protocol.ts):
 * `unavailable` try again for ever; `unauthenticated` stop; `conflict` open a session again; `lease_lost` discard;
 * `refused` the gateway understood and said no: repeating will not help.
 */
export type Refusal = "unavailable" | "unauthenticated" | "conflict" | "lease_lost" | "refused";

export class GatewayError extends Error {
  override name = "GatewayError";
  readonly refusal: Refusal;
  readonly status: number | null;
  /** The problem's code where the gateway gave one. */
  readonly code: string | null;
  constructor(
    refusal: Refusal,
    message: string,
    options?: ErrorOptions & { status?: number; code?: string },
  ) {
    super(message, options);
    this.refusal = refusal;
    this.status = options?.status ?? null;
    this.code = options?.code ?? null;
  }
}

export interface GatewayClient {
  gateway: string;
  register(
    code: string,
    name: string,
    facts: AgentFactsT,
    signal?: AbortSignal,
  ): Promise<z.infer<typeof Registered>>;
  session(
    bootId: string,
    facts: AgentFactsT,
    signal?: AbortSignal,
    selfTest?: SelfTest | null,
  ): Promise<z.infer<typeof Session>>;
  lease(body: z.input<typeof LeaseBody>, signal: AbortSignal): Promise<z.infer<typeof LeaseReply>>;
  heartbeat(
    body: z.input<typeof HeartbeatBody>,
    signal?: AbortSignal,
  ): Promise<z.infer<typeof HeartbeatReply>>;
  stops(body: z.input<typeof StopsBody>, signal: AbortSignal): Promise<z.infer<typeof StopsReply>>;
  preview(lease: string, jpeg: Uint8Array, signal: AbortSignal): Promise<void>;
  /** The last lines of the work, instead of those sent before. */
  log(lease: string, tail: string, signal: AbortSignal): Promise<void>;
  /** What was done under a lease whose job is traced. */
  spans(lease: string, spans: z.infer<typeof SpansBody>["spans"], signal: AbortSignal): Promise<void>;
  complete(lease: string, body: z.input<typeof CompleteBody>, signal: AbortSignal): Promise<void>;
  fail(lease: string, body: z.infer<typeof FailBody>, signal: AbortSignal): Promise<void>;
  release(lease: string, reason: string, signal: AbortSignal): Promise<void>;
  /** A runner that the studio added, as its pack. */
  runnerPack(id: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

type AgentFactsT = z.input<typeof AgentFacts>;

/** `token` is absent only for `register`. Every call gives up after `timeoutMs` (a long poll after its own wait more). */
export function createClient(gateway: string, token: string | null, timeoutMs = 30_000): GatewayClient {
  async function call(
    method: string,
    path: string,
    options: { body?: unknown; jpeg?: Uint8Array; bearer?: string; signal?: AbortSignal; timeoutMs?: number },
  ): Promise<unknown> {
    const limit = AbortSignal.timeout(options.timeoutMs ?? timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    const bearer = options.bearer ?? token;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${gateway}${path}`, {
        method,
        // A redirect would carry the token to another host.
        redirect: "manual",
        headers: {
          accept: "application/json",
          "content-type": options.jpeg ? "image/jpeg" : "application/json",
          ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        },
        body: method === "GET"
          ? null
          : options.jpeg as Uint8Array<ArrayBuffer> | undefined ?? JSON.stringify(options.body ?? {}),
        signal,
      });
      text = await response.text();
    } catch (error) {
      options.signal?.throwIfAborted();
      throw unreachable(gateway, error, limit.aborted);
    }
    if (response.ok) return text ? jsonOf(text, gateway) : {};
    throw refusalOf(response, text, path, gateway);
  }

  const of = (lease: string) => `/api/agent/leases/${lease}`;
  return {
    gateway,
    async register(code, name, facts, signal) {
      const reply = await call("POST", "/api/agent/register", {
        bearer: code,
        body: { name, facts },
        signal,
      });
      return understood(Registered, reply, gateway);
    },
    async session(boot_id, facts, signal, self_test) {
      const body = { boot_id, facts, ...(self_test ? { self_test } : {}) };
      return understood(Session, await call("PUT", "/api/agent/session", { body, signal }), gateway);
    },
    async lease(body, signal) {
      const waits = ((body.wait_s ?? 25) + 15) * 1000;
      const reply = await call("POST", "/api/agent/lease", {
        body,
        signal,
        timeoutMs: Math.max(waits, timeoutMs),
      });
      return understood(LeaseReply, reply, gateway);
    },
    async heartbeat(body, signal) {
      return understood(
        HeartbeatReply,
        await call("POST", "/api/agent/heartbeat", { body, signal }),
        gateway,
      );
    },
    async stops(body, signal) {
      const timeoutMs = ((body.wait_s ?? 25) + 15) * 1000;
      return understood(
        StopsReply,
        await call("POST", "/api/agent/stops", { body, signal, timeoutMs }),
        gateway,
      );
    },
    async preview(lease, jpeg, signal) {
      await call("PUT", `${of(lease)}/preview`, { jpeg, signal });
    },
    async log(lease, tail, signal) {
      await call("PUT", `${of(lease)}/log`, { body: { tail }, signal });
    },
    async spans(lease, spans, signal) {
      await call("POST", `${of(lease)}/spans`, { body: { spans }, signal });
    },
    async complete(lease, body, signal) {
      await call("POST", `${of(lease)}/complete`, { body, signal });
    },
    async fail(lease, body, signal) {
      await call("POST", `${of(lease)}/fail`, { body, signal });
    },
    async runnerPack(id, signal) {
      const reply = await call("GET", `/api/agent/runners/${id}/pack`, { signal });
      const { pack } = understood(RunnerPack, reply, gateway);
      return Uint8Array.fromBase64(pack);
    },
    async release(lease, reason, signal) {
      await call("POST", `${of(lease)}/release`, { body: { reason: reason.slice(0, 200) }, signal });
    },
  };
}

function unreachable(gateway: string, error: unknown, timedOut: boolean): GatewayError {
  if (error instanceof Deno.errors.NotCapable) {
    return new GatewayError(
      "unavailable",
      `This process may not speak to ${gateway}: start it with "deno task agent", which grants exactly that.`,
      { cause: error },
    );
  }
  const why = timedOut ? "it did not answer in time" : reasonOf(error);
  return new GatewayError("unavailable", `Cannot reach the gateway at ${gateway}: ${why}.`, { cause: error });
}

/** The sentence for an address outside this process's permissions; null for any other error. */
export function notPermitted(url: string, error: unknown): string | null {
  if (!(error instanceof Deno.errors.NotCapable)) return null;
  return `This agent may not reach ${
    new URL(url).origin
  }, which the gateway names for files. Start it with "deno task agent run", and see that the gateway's PUBLIC_URL is the address agents join.`;
}

/** The few words of a network error that a person can use. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error
    ? `${error.message} ${(error.cause as Error | undefined)?.message ?? ""}`
    : String(error);
  if (/refused/i.test(text)) return "nothing listens there (connection refused)";
  if (/dns|lookup|resolve|getaddrinfo/i.test(text)) return "its name cannot be resolved";
  if (/certificate|tls|UnknownIssuer/i.test(text)) return "its TLS certificate was not accepted";
  if (/reset|closed|broken pipe|eof|hang up/i.test(text)) return "the connection broke off";
  return text.trim().slice(0, 200);
}

/** A proxy's own limits, which are the same the next time. */
export const TOO_LARGE = [413, 414, 431];

function refusalOf(response: Response, text: string, path: string, gateway: string): GatewayError {
  const { status } = response;
  const problem = Problem.partial().safeParse(jsonOrNull(text));
  const code = problem.success ? problem.data.code : undefined;
  const said = problem.success && problem.data.detail ? problem.data.detail : null;
  const options = { status, ...(code ? { code } : {}) };
  const forLease = path.startsWith("/api/agent/leases/");
  // What it refuses it refuses in words of its own; a page of a proxy, or of a network that wants a sign-in first, ends no work and no token.
  if (code === undefined && (status === 401 || forLease) && !TOO_LARGE.includes(status)) {
    return new GatewayError(
      "unavailable",
      `Something between here and ${gateway} answers in its place, with ${status}: a proxy, or a network that wants a sign-in.`,
      options,
    );
  }
  if (status >= 500 || status === 429 || status === 408) {
    return new GatewayError("unavailable", said ?? `The gateway at ${gateway} answered ${status}.`, options);
  }
  if (status >= 300 && status < 400) {
    const to = response.headers.get("location") ?? "elsewhere";
    return new GatewayError(
      "refused",
      `${gateway} redirects to ${to}: join with the gateway's own address.`,
      options,
    );
  }
  if (status === 401) {
    return new GatewayError("unauthenticated", said ?? "The gateway does not know this token.", options);
  }
  // 404 and 410: the job, or the project with it, is gone; there is nobody left to give the work to.
  if (code === "lease_lost" || (forLease && (status === 404 || status === 410))) {
    return new GatewayError("lease_lost", said ?? "The job went to another agent.", options);
  }
  if (status === 409 && !forLease) {
    return new GatewayError("conflict", said ?? "The gateway does not know this session.", options);
  }
  if (status === 404 && !problem.data?.code) {
    return new GatewayError("refused", `${gateway} is not a studio's gateway: it has no ${path}.`, options);
  }
  return new GatewayError("refused", said ?? `The gateway refused ${path} with ${status}.`, options);
}

function understood<T extends z.ZodType>(schema: T, value: unknown, gateway: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Likely another version, or a proxy's own page: not this agent's work to throw away, so it tries again.
  throw new GatewayError(
    "unavailable",
    `${gateway} answered in a form this agent does not understand (is one of them older?): ${
      z.prettifyError(parsed.error)
    }`,
  );
}

function jsonOf(text: string, gateway: string): unknown {
  const value = jsonOrNull(text);
  if (value === null) {
    throw new GatewayError("unavailable", `${gateway} did not answer in JSON: is it a studio's gateway?`);
  }
  return value;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
