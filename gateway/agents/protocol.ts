import { type Context, Hono } from "hono";
import {
  CompleteBody,
  FailBody,
  HeartbeatBody,
  HeartbeatReply,
  LeaseBody,
  LeaseId,
  LeaseReply,
  RegisterBody,
  Registered,
  ReleaseBody,
  Session,
  SessionBody,
  StopsBody,
  StopsReply,
} from "../../shared/agents/protocol.ts";
import { ProblemError } from "../../shared/http/problem.ts";
import { LogBody } from "../../shared/jobs/log.ts";
import { requireAgent } from "../auth/mod.ts";
import { operation, parseBody } from "../http/mod.ts";
import { SpansBody } from "../../shared/traces/span.ts";
import { agentSpans, tellCompleted } from "../traces/mod.ts";
import type { Env, Router } from "../studio.ts";
import { answerPoll } from "./poll.ts";
import { readJpeg } from "./preview.ts";

/** Bytes of a completion report: it carries the whole ComfyUI prompt. */
const REPORT_LIMIT = 4 * 1024 * 1024;

/** What agents call (shared/agents/protocol.ts); mounted under /api. */
export function agentProtocolRoutes(): Router {
  const app = new Hono<Env>();

  app.post(
    "/agent/register",
    operation({
      summary: "Join the studio with a join code",
      tag: "agent protocol",
      auth: "join",
      body: RegisterBody,
      response: { status: 201, schema: Registered },
    }),
    async (c) => {
      const principal = c.get("principal");
      if (principal.kind !== "join") {
        throw new ProblemError(
          principal.kind === "nobody" ? "unauthenticated" : "forbidden",
          "Registering needs a join code: `Authorization: Bearer gms_join_…`. An owner makes one on the Agents page.",
        );
      }
      const body = await parseBody(c, RegisterBody);
      return c.json(await c.get("studio").agents.register(principal, body), 201);
    },
  );

  app.put(
    "/agent/session",
    operation({
      summary: "A process of the agent has started, or its facts changed",
      tag: "agent protocol",
      auth: "agent",
      body: SessionBody,
      response: { status: 200, schema: Session },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      return c.json(await c.get("studio").agents.openSession(agent_id, await parseBody(c, SessionBody)));
    },
  );

  app.post(
    "/agent/lease",
    operation({
      summary: "Wait for a job that a slot can do",
      tag: "agent protocol",
      auth: "agent",
      body: LeaseBody,
      response: { status: 200, schema: LeaseReply },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      return c.json(await answerPoll(c, agent_id, await parseBody(c, LeaseBody)));
    },
  );

  app.post(
    "/agent/heartbeat",
    operation({
      summary: "The agent lives: extends its leases, brings progress, learns what to stop",
      tag: "agent protocol",
      auth: "agent",
      body: HeartbeatBody,
      response: { status: 200, schema: HeartbeatReply },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const { agents, jobs } = c.get("studio");
      const body = await parseBody(c, HeartbeatBody);
      // Both look at the boot themselves. Screens hear of the progress without waiting for what is noted of the machine.
      const [wishes, leases] = await Promise.all([
        agents.seen(agent_id, body),
        jobs.heartbeat(agent_id, body),
      ]);
      return c.json({ leases, ...wishes });
    },
  );

  app.post(
    "/agent/stops",
    operation({
      summary: "Wait for the word that a job is to be stopped; heartbeats say so too, but later",
      tag: "agent protocol",
      auth: "agent",
      body: StopsBody,
      response: { status: 200, schema: StopsReply },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const { boot_id, wait_s } = await parseBody(c, StopsBody);
      const { jobs, config } = c.get("studio");
      const waitS = Math.min(wait_s, config.pollSeconds);
      return c.json({
        leases: await jobs.stops(agent_id, { bootId: boot_id, waitS, gone: c.req.raw.signal }),
      });
    },
  );

  app.put(
    "/agent/leases/:lease/preview",
    operation({
      summary: "Show what is being made: a JPEG of at most 256 KiB",
      tag: "agent protocol",
      auth: "agent",
      bodyType: "image/jpeg",
      response: { status: 204 },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const lease = leaseOf(c);
      await c.get("studio").jobs.preview(agent_id, lease, await readJpeg(c));
      return c.body(null, 204);
    },
  );

  app.put(
    "/agent/leases/:lease/log",
    operation({
      summary: "The last lines of the work, instead of those sent before",
      tag: "agent protocol",
      auth: "agent",
      body: LogBody,
      response: { status: 204 },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const lease = leaseOf(c);
      await c.get("studio").jobs.keepLog(agent_id, lease, (await parseBody(c, LogBody)).tail);
      return c.body(null, 204);
    },
  );

  app.post(
    "/agent/leases/:lease/spans",
    operation({
      summary: "What the agent did under a grant whose job is traced, part by part",
      tag: "agent protocol",
      auth: "agent",
      body: SpansBody,
      response: { status: 204 },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const lease = leaseOf(c);
      await agentSpans(c.get("studio"), agent_id, lease, (await parseBody(c, SpansBody)).spans);
      return c.body(null, 204);
    },
  );

  app.post(
    "/agent/leases/:lease/complete",
    operation({
      summary: "The job is done and its files are stored; twice is once",
      tag: "agent protocol",
      auth: "agent",
      body: CompleteBody,
      response: { status: 204 },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const studio = c.get("studio");
      const began = Date.now();
      const body = await parseBody(c, CompleteBody, { limit: REPORT_LIMIT });
      tellCompleted(studio, await studio.jobs.complete(agent_id, leaseOf(c), body), began);
      return c.body(null, 204);
    },
  );

  app.post(
    "/agent/leases/:lease/fail",
    operation({
      summary: "The attempt ended badly",
      tag: "agent protocol",
      auth: "agent",
      body: FailBody,
      response: { status: 204 },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const { jobs } = c.get("studio");
      await jobs.fail(agent_id, leaseOf(c), await parseBody(c, FailBody));
      return c.body(null, 204);
    },
  );

  app.post(
    "/agent/leases/:lease/release",
    operation({
      summary: "Hand the job back without using up an attempt",
      tag: "agent protocol",
      auth: "agent",
      body: ReleaseBody,
      response: { status: 204 },
    }),
    async (c) => {
      const { agent_id } = requireAgent(c);
      const { jobs } = c.get("studio");
      await jobs.release(agent_id, leaseOf(c), (await parseBody(c, ReleaseBody)).reason);
      return c.body(null, 204);
    },
  );

  return app;
}

/** The lease of the path; one that no gateway ever gave is as lost as any. */
function leaseOf(c: Context<Env>): string {
  const lease = LeaseId.safeParse(c.req.param("lease"));
  if (!lease.success) throw new ProblemError("not_found", "There is no such lease.");
  return lease.data;
}
