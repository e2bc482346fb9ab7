import { Hono } from "hono";
import type { Context } from "hono";
import { timingSafeEqual } from "node:crypto";
import { statfs } from "node:fs/promises";
import { join } from "@std/path";
import { ProblemError } from "../../shared/http/problem.ts";
import { asSystem, tooNewFor } from "../db/mod.ts";
import type { Env, Router, Studio } from "../studio.ts";
import { backlog } from "../webhook/mod.ts";
import { gauge, type RequestMetrics } from "./metrics.ts";

/** What a load balancer, an operator and Prometheus ask. */
export function healthRoutes(metrics: RequestMetrics): Router {
  const app = new Hono<Env>();
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", async (c) => {
    const checks = await readiness(c.get("studio"));
    const ok = checks.every((check) => check.ok);
    return c.json({ ok, checks }, ok ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    mayRead(c);
    return c.text(await figures(c.get("studio")) + metrics.write(), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });
  return app;
}

interface Check {
  name: string;
  ok: boolean;
  /** What is wrong, without addresses or keys: anybody may ask. */
  problem?: string;
}

/** Seconds until a part that does not answer counts as away. */
const PATIENCE_S = 5;

async function readiness(studio: Studio): Promise<Check[]> {
  const closing: Check = studio.closing.aborted
    ? { name: "gateway", ok: false, problem: "is shutting down" }
    : { name: "gateway", ok: true };
  return [
    closing,
    ...await Promise.all([
      check(studio, "database", "does not answer", () => studio.db.sql`select 1`),
      check(
        studio,
        "program",
        "is older than the database; run the newer version",
        () => isOfItsTime(studio),
      ),
      check(studio, "objects", "cannot be read", () => studio.objects.head("ready-check")),
      check(studio, "repositories", "cannot be written", () => writable(studio.config.dataDir)),
    ]),
  ];
}

async function check(
  studio: Studio,
  name: string,
  problem: string,
  attempt: () => PromiseLike<unknown>,
): Promise<Check> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_S} s`)), PATIENCE_S * 1000);
  });
  try {
    await Promise.race([attempt(), late]);
    return { name, ok: true };
  } catch (error) {
    studio.log.warn(`Not ready: the ${name} ${problem}`, { error });
    return { name, ok: false, problem };
  } finally {
    clearTimeout(timer);
  }
}

/** A newer gateway may have taken something away from the schema while this one ran. */
async function isOfItsTime({ db }: Studio): Promise<void> {
  const names = await asSystem(() => tooNewFor(db.sql));
  if (names.length) throw new Error(`The database has ${names.join(", ")} from a newer studio`);
}

async function writable(folder: string): Promise<void> {
  const probe = join(folder, `.ready-${crypto.randomUUID()}`);
  await Deno.writeTextFile(probe, "");
  await Deno.remove(probe);
}

/** Loopback, or the bearer of METRICS_TOKEN: figures tell what a studio works on. */
function mayRead(c: Context<Env>): void {
  const wanted = c.get("studio").config.metricsToken;
  const given = c.req.header("authorization")?.replace(/^Bearer /i, "");
  if (wanted !== null) {
    if (given && same(given, wanted)) return;
    throw new ProblemError("unauthenticated", "Send METRICS_TOKEN as a bearer token.");
  }
  if (!fromLoopback(c)) {
    throw new ProblemError(
      "forbidden",
      "Only this machine may read the figures. Set METRICS_TOKEN to let others.",
    );
  }
}

function same(a: string, b: string): boolean {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** By the connection, never by a header. A request without a connection is a test's. A proxy on this machine counts as outside. */
function fromLoopback(c: Context<Env>): boolean {
  if (c.req.header("x-forwarded-for") || c.req.header("forwarded")) return false;
  const peer = (c.env as { remoteAddr?: { hostname?: string } } | undefined)?.remoteAddr?.hostname;
  return peer === undefined || peer === "::1" || peer.startsWith("127.") || peer.startsWith("::ffff:127.");
}

async function figures(studio: Studio): Promise<string> {
  const jobs = await studio.jobs.counts();
  const agents = await studio.agents.counts();
  // Some network file systems do not say.
  const disk = await statfs(studio.config.dataDir).catch(() => null);
  const [outbox] = await studio.db.sql<{ depth: number; age: number }[]>`
    select count(*) as depth, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as age
    from outbox where done_at is null`;
  const told = studio.config.webhook ? await asSystem(() => backlog(studio.db.sql)) : null;
  return gauge(
    "studio_jobs",
    "Jobs by state and capability.",
    jobs.map(({ state, capability, count }) => ({ labels: { state, capability }, value: count })),
  ) + gauge(
    "studio_queue_oldest_seconds",
    "Time since the oldest queued job was asked for, by capability.",
    jobs.filter(({ state }) => state === "queued").map(({ capability, oldest_s }) => ({
      labels: { capability },
      value: oldest_s,
    })),
  ) + gauge(
    "studio_queue_runnable_oldest_seconds",
    "Time since the oldest queued job was asked for that a machine which is online could take.",
    [{ labels: {}, value: await studio.jobs.oldestRunnable() }],
  ) + gauge(
    "studio_agents",
    "Agents by state.",
    agents.map(({ state, count }) => ({ labels: { state }, value: count })),
  ) + gauge("studio_outbox_depth", "Rows that Git has yet to hold.", [
    { labels: {}, value: outbox!.depth },
  ]) + gauge("studio_outbox_oldest_seconds", "Age of the oldest of them.", [
    { labels: {}, value: outbox!.age },
  ]) + gauge("studio_webhook_waiting", "Rows of the ledger that the billing system has yet to take.", [
    ...(told ? [{ labels: {}, value: told.waiting }] : []),
  ]) + gauge("studio_webhook_oldest_seconds", "Age of the oldest of them.", [
    ...(told ? [{ labels: {}, value: told.oldest_s }] : []),
  ]) + gauge("studio_sockets", "Open event sockets.", [
    { labels: {}, value: studio.events.sockets() },
  ]) + gauge("studio_spans_dropped", "Spans of traces that no collector took.", [
    { labels: {}, value: studio.traces.dropped() },
  ]) + gauge("studio_data_free_bytes", "Room for repositories, and for objects on disk.", [
    ...(disk ? [{ labels: {}, value: disk.bavail * disk.bsize }] : []),
  ]) + gauge("studio_data_size_bytes", "Size of that file system.", [
    ...(disk ? [{ labels: {}, value: disk.blocks * disk.bsize }] : []),
  ]);
}
