import assert from "node:assert/strict";
import { parseCommandLine } from "./command/options.ts";
import { agentFlags } from "./launch/programs.ts";
import type { Executor } from "./lease/executor.ts";
import { type Cloud, lookForNotice, type Notice, watchSpot } from "./spot.ts";
import { resultIn, startTestAgent, testSpec } from "./testing/agent.ts";
import { openTestGateway } from "./testing/gateway.ts";

const PICTURE = new TextEncoder().encode("the bytes of a picture");

/** A metadata service as a cloud's own machines find it. */
function openCloud(answer: (request: Request, path: string) => Response | Promise<Response>) {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search}`);
    return answer(request, pathname);
  });
  return {
    at: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const absent = () => new Response("404 - Not Found", { status: 404 });

/** AWS: a session token first (IMDSv2), then 404 until there is a notice. */
function aws(now: { notice: unknown }) {
  return openCloud((request, path) => {
    if (path === "/latest/api/token") {
      return request.method === "PUT" && request.headers.has("x-aws-ec2-metadata-token-ttl-seconds")
        ? new Response("AQAEtoken==")
        : new Response(null, { status: 400 });
    }
    if (request.headers.get("x-aws-ec2-metadata-token") !== "AQAEtoken==") {
      return new Response(null, { status: 401 });
    }
    return path === "/latest/meta-data/spot/instance-action" && now.notice
      ? Response.json(now.notice)
      : absent();
  });
}

Deno.test("AWS says when it takes a machine back, to whoever has a token of its", async () => {
  const now: { notice: unknown } = { notice: null };
  await using cloud = aws(now);
  assert.equal(await lookForNotice("aws", cloud), null);
  const time = new Date(Date.now() + 118_000).toISOString().replace(/\.\d+Z$/, "Z");
  now.notice = { action: "terminate", time };
  const notice = (await lookForNotice("aws", cloud))!;
  assert.ok(notice.secondsLeft > 100 && notice.secondsLeft <= 118, `${notice.secondsLeft}`);
  assert.match(notice.sentence, /^AWS takes this machine back in 11\d s \(terminate\)$/);
  assert.deepEqual(cloud.asked.slice(0, 2), [
    "PUT /latest/api/token",
    "GET /latest/meta-data/spot/instance-action",
  ]);
});

Deno.test("Google Cloud says TRUE when it takes a machine back", async () => {
  let said = "FALSE";
  await using cloud = openCloud((request, path) =>
    request.headers.get("metadata-flavor") !== "Google"
      ? new Response(null, { status: 403 })
      : path === "/computeMetadata/v1/instance/preempted"
      ? new Response(said)
      : absent()
  );
  assert.equal(await lookForNotice("gcp", cloud), null);
  said = "TRUE";
  assert.equal((await lookForNotice("gcp", cloud))!.secondsLeft, 30);
  said = "<html>a captive portal</html>";
  await assert.rejects(lookForNotice("gcp", cloud), /it answered "<html>/);
});

Deno.test("Azure's events are for a machine when they name it, and only a Preempt takes it away", async () => {
  let events: unknown[] = [];
  await using cloud = openCloud((request, path) => {
    if (request.headers.get("metadata") !== "true") return new Response(null, { status: 400 });
    if (path === "/metadata/instance/compute/name") return new Response("farm_7");
    return path === "/metadata/scheduledevents"
      ? Response.json({ DocumentIncarnation: 1, Events: events })
      : absent();
  });
  assert.equal(await lookForNotice("azure", cloud), null);
  const event = (EventType: string, ...Resources: string[]) => ({
    ...{ EventId: "e", EventType, Resources, EventStatus: "Scheduled", ResourceType: "VirtualMachine" },
    NotBefore: new Date(Date.now() + 30_000).toUTCString(),
  });
  events = [event("Reboot", "farm_7"), event("Preempt", "farm_8")];
  assert.equal(await lookForNotice("azure", cloud), null);
  events = [event("Preempt", "farm_8"), event("Preempt", "farm_7")];
  const notice = (await lookForNotice("azure", cloud))!;
  assert.ok(notice.secondsLeft > 20 && notice.secondsLeft <= 30, `${notice.secondsLeft}`);
});

Deno.test("nobody is asked but where the owner says so, and then that one address alone is opened", async () => {
  const env = { HOME: "/home/mira" };
  const net = (...args: string[]) =>
    agentFlags({
      ...{
        line: parseCommandLine(["run", ...args], env),
        config: null,
        code: "/code",
        started: null,
        tools: [],
      },
      isThere: () => false,
    }).find((flag) => flag.startsWith("--allow-net="))!;
  assert.equal(net().includes("169.254"), false);
  assert.deepEqual(net("--spot", "gcp").match(/169\.254[^,]*/g), ["169.254.169.254:80"]);
  assert.throws(() => parseCommandLine(["run", "--spot", "acme"], env), /aws, gcp, azure or none/);

  // A cloud that does not answer is no notice, and is asked on.
  await using cloud = openCloud(() => new Response(null, { status: 503 }));
  const over = new AbortController();
  const troubles: string[] = [];
  await watchSpot("aws", {
    reclaimed: () => assert.fail("taken for a notice"),
    trouble: (sentence) => troubles.push(sentence) > 2 && over.abort(),
    settled() {},
  }, { at: cloud.at, everyMs: 10, signal: over.signal });
  assert.match(troubles[0]!, /^AWS does not say .*\(--spot aws\): it answered 503$/);
});

/** As `agent run` does it, with a cloud that answers here. */
function watched(cloud: Cloud, at: string) {
  const taken = new AbortController();
  const over = new AbortController();
  void watchSpot(cloud, {
    reclaimed: (notice) => taken.abort(notice),
    trouble() {},
    settled() {},
  }, { at, everyMs: 20, signal: over.signal });
  return { signal: taken.signal, [Symbol.dispose]: () => over.abort() };
}

Deno.test("a machine that is taken back finishes what it can, hands back the rest at once, and takes nothing new", async () => {
  await using gateway = openTestGateway();
  const now: { notice: unknown } = { notice: null };
  await using cloud = aws(now);
  using spot = watched("aws", cloud.at);
  const finish = Promise.withResolvers<void>();
  const executor: Executor = {
    async run({ spec }, { folder, progress, signal }) {
      if (spec.title === "nearly done") {
        progress({ stage: "Sampling 29 of 30", progress: 0.95, seconds_left: 2 });
        await finish.promise;
        return await resultIn(folder, PICTURE);
      }
      progress({ stage: "Sampling 1 of 30", progress: 0.03, seconds_left: 900 });
      return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const folder = await Deno.makeTempDir({ prefix: "agent-spot-" });
  try {
    await using agent = startTestAgent(gateway, folder, executor, {
      ...{ slots: ["gpu0", "gpu1"], drain: spot.signal, reclaimed: spot.signal },
    });
    const [near, far] = [gateway.add(testSpec("nearly done")), gateway.add(testSpec("hardly begun"))];
    await gateway.until(
      "both at work",
      () =>
        gateway.heartbeats.some(({ leases }) =>
          leases.length === 2 && leases.every(({ progress }) => progress.seconds_left !== undefined)
        ),
    );
    const late = gateway.add(testSpec("too late"), { capability: "test@high" });
    now.notice = { action: "terminate", time: new Date(Date.now() + 119_000).toISOString() };
    await gateway.until("the long one is handed back", () => far.released.length > 0);
    assert.match(far.released[0]!, /^AWS takes this machine back in \d+ s \(terminate\)$/);
    finish.resolve();
    assert.equal(await agent.ended, "drained");
    assert.equal(near.state, "succeeded");
    assert.equal(far.state, "queued", "it is the queue's again");
    assert.equal(far.failed.length + near.failed.length, 0, "and nobody has failed");
    assert.equal(late.grant, 0);
    assert.deepEqual(await agent.journal.entries(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is finished and cannot be delivered in time goes back, too: nobody starts here again", async () => {
  await using gateway = openTestGateway();
  const held = Promise.withResolvers<void>();
  const stuck = Promise.withResolvers<void>();
  gateway.fault = async (request) => {
    if (request.method !== "PUT" || !request.url.includes("/bucket/")) return null;
    stuck.resolve();
    await held.promise;
    return new Response(null, { status: 503 });
  };
  const taken = new AbortController();
  const folder = await Deno.makeTempDir({ prefix: "agent-spot-" });
  try {
    await using agent = startTestAgent(gateway, folder, {
      run: (_, context) => resultIn(context.folder, PICTURE),
    }, { drain: taken.signal, reclaimed: taken.signal });
    const job = gateway.add(testSpec());
    await stuck.promise;
    taken.abort(
      { sentence: "Azure takes this machine back in 8 s (preempt)", secondsLeft: 8 } satisfies Notice,
    );
    assert.equal(await agent.ended, "drained");
    assert.deepEqual(job.released, ["Azure takes this machine back in 8 s (preempt)"]);
  } finally {
    held.resolve();
    await Deno.remove(folder, { recursive: true });
  }
});
