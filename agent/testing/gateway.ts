import type { z } from "zod";
import {
  HeartbeatBody,
  LeaseBody,
  RegisterBody,
  type Session,
  SessionBody,
  StopsBody,
} from "../../shared/agents/protocol.ts";
import { uuidv7 } from "../../shared/ids.ts";
import type { JobSpec } from "../../shared/jobs/job.ts";
import { hearOfLease, holderOf, type NewJob, newJob, type TestJob } from "./jobs.ts";
import { problem } from "./problem.ts";
import { createStore, type TestStore } from "./store.ts";

export interface TestGateway extends AsyncDisposable {
  url: string;
  token: string;
  joinCode: string;
  store: TestStore;
  jobs: Map<string, TestJob>;
  sessions: z.infer<typeof SessionBody>[];
  heartbeats: z.infer<typeof HeartbeatBody>[];
  polls: z.infer<typeof LeaseBody>[];
  paused: boolean;
  drained: boolean;
  revoked: boolean;
  storeOrigins: string[];
  /** Told with each session, and no work given, until a self test passes. */
  quarantine: z.infer<typeof Session>["quarantine"] | null;
  /** Asked before each request is handled: an answer here is the gateway's answer (a fault, on purpose). */
  fault: ((request: Request) => Response | null | Promise<Response | null>) | null;
  add(spec: JobSpec, options?: NewJob): TestJob;
  /** Grants the job to somebody else: every later word under the old lease is refused. */
  grantToOther(job: TestJob): void;
  /** Stops listening, as a killed gateway does; up() listens on the same port again. */
  down(): Promise<void>;
  up(): void;
  /** Resolves once `holds` does; looked at after every request. Rejects after a minute. */
  until(what: string, holds: () => boolean): Promise<void>;
}

/** A gateway that speaks the real protocol over a real socket and keeps everything in memory. */
export function openTestGateway(
  options: { heartbeatS?: number; pollS?: number } = {},
): TestGateway {
  let server: Deno.HttpServer<Deno.NetAddr>;
  let port = 0;
  let boot: string | null = null;
  const lookers = new Set<() => void>();
  const agentId = uuidv7();

  const gateway: TestGateway = {
    url: "",
    token: `agent-${uuidv7()}`,
    joinCode: "JOIN-CODE",
    store: createStore(() => gateway.url, (lease) => holderOf(gateway.jobs, lease) !== null),
    jobs: new Map(),
    sessions: [],
    heartbeats: [],
    polls: [],
    paused: false,
    drained: false,
    revoked: false,
    storeOrigins: [],
    quarantine: null,
    fault: null,
    add(spec, options) {
      const job = newJob(spec, options);
      gateway.jobs.set(job.id, job);
      look();
      return job;
    },
    grantToOther(job) {
      Object.assign(job, { state: "leased", grant: job.grant + 1, boot: "somebody else", slot: "gpu0" });
    },
    async down() {
      // Open polls break off, as they do when a gateway is killed.
      listening.abort();
      await server.finished;
    },
    up: () => listen(),
    until(what, holds) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          lookers.delete(check);
          reject(new Error(`waited a minute for: ${what}`));
        }, 60_000);
        const check = () => {
          if (!holds()) return;
          clearTimeout(timer);
          lookers.delete(check);
          resolve();
        };
        lookers.add(check);
        check();
      });
    },
    async [Symbol.asyncDispose]() {
      listening.abort();
      await server.finished;
    },
  };

  let listening = new AbortController();
  function listen(): void {
    listening = new AbortController();
    server = Deno.serve({ port, hostname: "127.0.0.1", signal: listening.signal, onListen() {} }, handle);
    port = server.addr.port;
    gateway.url = `http://127.0.0.1:${port}`;
  }
  listen();
  return gateway;

  function look(): void {
    for (const check of [...lookers]) check();
  }

  async function handle(request: Request): Promise<Response> {
    try {
      const answer = await gateway.fault?.(request) ?? await gateway.store.handle(request) ??
        await route(request);
      return answer;
    } catch (error) {
      return Response.json({ code: "invalid_request", detail: String(error), status: 400 }, { status: 400 });
    } finally {
      queueMicrotask(look);
    }
  }

  async function route(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const bearer = request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (pathname === "/healthz") return new Response("ok");
    if (pathname === "/api/agent/register") {
      if (bearer !== gateway.joinCode) {
        return problem("unauthenticated", "This join code is not known or was used up.");
      }
      const { name } = RegisterBody.parse(await request.json());
      gateway.joinCode = "used up";
      return Response.json(
        { agent_id: agentId, name, token: gateway.token, store_origins: gateway.storeOrigins },
        { status: 201 },
      );
    }
    if (bearer !== gateway.token || gateway.revoked) {
      return problem("unauthenticated", "This agent's token was revoked.");
    }
    if (pathname === "/api/agent/session") return openSession(SessionBody.parse(await request.json()));
    if (pathname === "/api/agent/lease") {
      return await lease(LeaseBody.parse(await request.json()), request.signal);
    }
    if (pathname === "/api/agent/stops") {
      return await stops(StopsBody.parse(await request.json()), request.signal);
    }
    if (pathname === "/api/agent/heartbeat") return heartbeat(HeartbeatBody.parse(await request.json()));
    const [, id, action] = /^\/api\/agent\/leases\/([^/]+)\/([a-z]+)$/.exec(pathname) ?? [];
    if (id && action) return await hearOfLease(gateway, id, action, request);
    return problem("not_found", "There is nothing here.");
  }

  function openSession(body: z.infer<typeof SessionBody>): Response {
    gateway.sessions.push(body);
    if (body.self_test?.passed) gateway.quarantine = null;
    boot = body.boot_id;
    for (const job of gateway.jobs.values()) {
      if (job.state === "leased" && job.boot !== boot && job.boot !== "somebody else") {
        Object.assign(job, { state: "queued", boot: null });
      }
    }
    return Response.json({
      agent_id: agentId,
      name: "test agent",
      pools: ["default"],
      heartbeat_s: options.heartbeatS ?? 0.1,
      lease_s: 60,
      poll_s: options.pollS ?? 0.5,
      store_origins: gateway.storeOrigins,
      ...(gateway.quarantine ? { quarantine: gateway.quarantine } : {}),
    });
  }

  async function lease(body: z.infer<typeof LeaseBody>, gone: AbortSignal): Promise<Response> {
    gateway.polls.push(body);
    queueMicrotask(look);
    if (body.boot_id !== boot) return problem("conflict", "Another boot of this agent is the latest.");
    const slot = gateway.sessions.at(-1)!.facts.slots.find((known) => known.slot === body.slot);
    if (!slot) return problem("invalid_request", "This slot was not declared.");
    // A heartbeat that says it rests ends the agent's open polls.
    const rests = () => gateway.heartbeats.at(-1)?.resting !== undefined;
    const next = () =>
      gateway.paused || gateway.quarantine || gateway.drained || rests() ? undefined : gateway.jobs.values()
        .find((job) => job.state === "queued" && slot.capabilities.includes(job.capability));
    const until = Date.now() + body.wait_s * 1000;
    while (!next() && !rests() && Date.now() < until && !gone.aborted && !listening.signal.aborted) {
      await news(until - Date.now());
    }
    const job = gone.aborted ? undefined : next();
    if (!job) {
      const idle = { sentence: "nothing is queued", reasons: [] };
      const quarantine = gateway.quarantine ? { quarantine: gateway.quarantine.reason } : {};
      return Response.json({ lease: null, idle, pause: paused(), ...quarantine });
    }
    Object.assign(job, { state: "leased", grant: job.grant + 1, boot, slot: body.slot });
    return Response.json({
      lease: {
        lease: `${job.id}.${job.grant}`,
        job_id: job.id,
        attempt: job.grant,
        lease_s: 60,
        max_run_s: job.maxRunS,
        project: { id: uuidv7(), title: "A film" },
        spec: job.spec,
        inputs: job.inputs.map((input) => ({ ...input, url: gateway.store.getUrl(input.oid) })),
        lfs: {
          url: `${gateway.url}/git/t/p.git/info/lfs`,
          authorization: `Bearer lease-${job.id}.${job.grant}`,
        },
      },
      idle: null,
      pause: false,
    });
  }

  function paused(): boolean {
    return gateway.paused || gateway.quarantine !== null;
  }

  /** Until something changes, at most `ms`. */
  function news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        lookers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, Math.min(ms, 100)));
      lookers.add(done);
    });
  }

  async function stops(body: z.infer<typeof StopsBody>, gone: AbortSignal): Promise<Response> {
    const due = () => [...gateway.jobs.values()].filter((job) => job.cancel && job.state === "leased");
    const until = Date.now() + body.wait_s * 1000;
    const over = () => gateway.revoked || Date.now() >= until || gone.aborted;
    while (due().length === 0 && !over() && !listening.signal.aborted) {
      await news(until - Date.now());
    }
    return Response.json({ leases: due().map((job) => `${job.id}.${job.grant}`) });
  }

  function heartbeat(body: z.infer<typeof HeartbeatBody>): Response {
    if (body.boot_id !== boot) return problem("conflict", "Another boot of this agent is the latest.");
    gateway.heartbeats.push(body);
    const leases = body.leases.map(({ lease }) => {
      const job = holderOf(gateway.jobs, lease);
      return { lease, verdict: !job ? "lost" : job.cancel ? "cancel" : "ok" };
    });
    return Response.json({ leases, drain: gateway.drained, pause: paused() });
  }
}
