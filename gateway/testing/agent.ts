import type { z } from "zod";
import { createHash } from "node:crypto";
import {
  type AgentFacts,
  type CompleteBody,
  type HeartbeatBody,
  HeartbeatReply,
  type LeaseBody,
  LeaseReply,
  Registered,
  type SelfTest,
  Session,
} from "../../shared/agents/protocol.ts";
import { uuidv7 } from "../../shared/ids.ts";
import { BatchResponse } from "../../shared/lfs/batch.ts";
import { ASSEMBLE, capabilityOf } from "../../shared/runners/manifest.ts";
import type { UserPrincipal } from "../auth/mod.ts";
import type { Studio } from "../studio.ts";
import type { As, TestInit } from "./studio.ts";

export interface JoinOptions {
  name?: string;
  /** @default ["default"] */
  pools?: string[];
  /** MiB of its one card. @default 24576 */
  vramMb?: number;
  /** @default every runner and tier of the studio that fits the card, and assembly */
  capabilities?: string[];
  facts?: Partial<AgentFacts>;
}

/** An agent in words of the protocol: every call is a real request of the gateway. */
export interface TestAgent {
  id: string;
  token: string;
  boot_id: string;
  facts: AgentFacts;
  /** A request with the agent's token. */
  request(path: string, init?: TestInit): Promise<Response>;
  session(facts?: AgentFacts, selfTest?: SelfTest): Promise<z.infer<typeof Session>>;
  /** A new process: another boot id, then a session. */
  reboot(): Promise<void>;
  /** @param options.wait_s @default 0 */
  poll(options?: Partial<LeaseBody>): Promise<z.infer<typeof LeaseReply>>;
  /** As poll(); an error when there is nothing. */
  lease(options?: Partial<LeaseBody>): Promise<TestLease>;
  heartbeat(body: Partial<z.infer<typeof HeartbeatBody>>): Promise<z.infer<typeof HeartbeatReply>>;
  /** Stores bytes under the lease's LFS rights as a real agent does: batch, PUT, verify. */
  upload(lease: TestLease, bytes: Uint8Array<ArrayBuffer>): Promise<{ oid: string; size: number }>;
  /** Uploads the bytes (by default some of its own) and reports them. */
  complete(
    lease: TestLease,
    result?: { bytes?: Uint8Array<ArrayBuffer>; body?: Partial<CompleteBody> },
  ): Promise<Response>;
  fail(
    lease: TestLease,
    error: { class: string; message: string; detail?: string; fault?: string },
  ): Promise<Response>;
  release(lease: TestLease, reason?: string): Promise<Response>;
}

export type TestLease = NonNullable<z.infer<typeof LeaseReply>["lease"]>;

interface Host {
  studio: Studio;
  owner: UserPrincipal;
  request(path: string, init?: TestInit, as?: As): Promise<Response>;
}

/** Registers an agent with a join code and opens its session. */
export async function joinTestAgent(host: Host, options: JoinOptions = {}): Promise<TestAgent> {
  const facts = factsOf(host.studio, options);
  const { code } = await host.studio.auth.createJoinCode(host.owner.tenant_id, {
    pools: options.pools ?? ["default"],
    uses: 1,
    expiresS: 900,
  });
  const registered = Registered.parse(
    await ok(
      host.request("/api/agent/register", {
        method: "POST",
        json: { name: options.name ?? "test-agent", facts },
      }, code),
    ),
  );
  const request = (path: string, init?: TestInit) => host.request(path, init, registered.token);
  const send = (method: string, path: string, json: unknown) =>
    request(`/api/agent${path}`, { method, json });

  async function upload(lease: TestLease, bytes: Uint8Array<ArrayBuffer>) {
    const pointer = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
    const headers = { authorization: lease.lfs.authorization };
    const batch = BatchResponse.parse(
      await ok(host.request(`${lease.lfs.url}/objects/batch`, {
        method: "POST",
        headers: {
          ...headers,
          accept: "application/vnd.git-lfs+json",
          "content-type": "application/vnd.git-lfs+json",
        },
        body: JSON.stringify({ operation: "upload", transfers: ["basic"], objects: [pointer] }),
      }, "nobody")),
    );
    const object = batch.objects[0]!;
    if (object.error) throw new Error(`The batch refused ${pointer.oid}: ${object.error.message}`);
    const { upload: put, verify } = object.actions ?? {};
    if (put) {
      await ok(host.request(put.href, { method: "PUT", headers: put.header, body: bytes }, "nobody"));
    }
    if (verify) {
      await ok(host.request(verify.href, {
        method: "POST",
        headers: { ...verify.header, "content-type": "application/vnd.git-lfs+json" },
        body: JSON.stringify(pointer),
      }, "nobody"));
    }
    return pointer;
  }

  const agent: TestAgent = {
    id: registered.agent_id,
    token: registered.token,
    boot_id: uuidv7(),
    facts,
    request,
    session: async (now = facts, self_test = undefined) =>
      Session.parse(
        await ok(
          send("PUT", "/session", {
            ...{ boot_id: agent.boot_id, facts: now },
            ...(self_test ? { self_test } : {}),
          }),
        ),
      ),
    async reboot() {
      agent.boot_id = uuidv7();
      await agent.session();
    },
    poll: async (body = {}) =>
      LeaseReply.parse(
        await ok(
          send("POST", "/lease", { boot_id: agent.boot_id, slot: facts.slots[0]!.slot, wait_s: 0, ...body }),
        ),
      ),
    async lease(body) {
      const reply = await agent.poll(body);
      if (!reply.lease) throw new Error(`There is nothing to lease: ${reply.idle?.sentence ?? "paused"}`);
      return reply.lease;
    },
    heartbeat: async (body) =>
      HeartbeatReply.parse(
        await ok(
          send("POST", "/heartbeat", { boot_id: agent.boot_id, draining: false, leases: [], ...body }),
        ),
      ),
    upload,
    async complete(lease, { bytes = madeFor(lease), body = {} } = {}) {
      const file = await upload(lease, bytes);
      return await send("POST", `/leases/${lease.lease}/complete`, { ...resultOf(lease, file), ...body });
    },
    fail: (lease, error) => send("POST", `/leases/${lease.lease}/fail`, error),
    release: (lease, reason = "draining") => send("POST", `/leases/${lease.lease}/release`, { reason }),
  };
  await agent.session();
  return agent;
}

function factsOf({ runners }: Studio, { vramMb = 24 * 1024, capabilities, facts }: JoinOptions): AgentFacts {
  const all = runners.list().flatMap((runner) =>
    Object.entries(runner.tiers).filter(([, tier]) => tier.vram_mb <= vramMb)
      .map(([tier]) => capabilityOf(runner.id, tier))
  );
  return {
    os: "linux",
    agent_version: "0.0.0-test",
    comfyui_version: "0.3.64",
    driver: null,
    ram_mb: 128 * 1024,
    disk_free_mb: 500 * 1024,
    slots: [{
      slot: "gpu0",
      name: "Test card",
      vram_mb: vramMb,
      capabilities: capabilities ?? [...all, ASSEMBLE],
    }],
    cannot: [],
    ...facts,
  };
}

function resultOf(lease: TestLease, file: { oid: string; size: number }): CompleteBody {
  const { spec } = lease;
  const video = spec.kind === "assemble" || spec.output === "video";
  const frames = spec.kind === "generate" ? Number(spec.params.frames ?? 24) : 24;
  return {
    file: { ...file, extension: video ? "mp4" : "png" },
    media: video
      ? {
        format: "mp4",
        width: spec.width,
        height: spec.height,
        frames,
        rate: "24/1",
        codec: "h264",
        pixel_format: "yuv420p",
        audio: false,
      }
      : { format: "png", width: spec.width, height: spec.height, frames: 1, audio: false },
    made_with: { test: true },
    seconds: 1,
  };
}

/** A PNG of one pixel or the head of an MP4, with the lease behind it that makes its bytes one of a kind. */
function madeFor({ lease, spec }: TestLease): Uint8Array<ArrayBuffer> {
  const head = spec.kind === "assemble" || spec.output === "video" ? MP4_HEAD : PNG;
  return new Uint8Array([...head, ...new TextEncoder().encode(`\n${lease}`)]);
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const PNG = bytesOf(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
);
/** `ftyp` isom with brands isom, iso2, avc1, mp41. */
const MP4_HEAD = bytesOf("AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDE=");

async function ok(answer: Promise<Response>): Promise<unknown> {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${text}`);
  return text ? JSON.parse(text) : null;
}
